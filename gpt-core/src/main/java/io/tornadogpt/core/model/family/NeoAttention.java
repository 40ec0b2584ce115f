package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What GPT-Neo's layers see, as its `config.json` says it: `attention_types`, groups of kinds with
/// a count, such as `[[["global", "local"], 6]]`, or `attention_layers`, one kind a layer; and
/// `window_size`, the positions that a local layer sees, its own included.
///
/// @param local of each layer, whether it is local
/// @param windowSize positions
record NeoAttention(List<Boolean> local, int windowSize) {
    private static final String TYPES = "attention_types";
    private static final String LAYERS = "attention_layers";
    private static final String WINDOW = "window_size";
    private static final String GLOBAL_KIND = "global";
    private static final String LOCAL_KIND = "local";
    private static final int DEFAULT_WINDOW = 256;

    /// What `transformers` takes where nothing is said.
    private static final int DEFAULT_PAIRS = 12;

    NeoAttention {
        local = List.copyOf(local);
    }

    /// @throws IllegalArgumentException where layers have windows of several sizes
    static NeoAttention of(Architecture architecture) {
        List<Integer> windows =
                IntStream.range(0, architecture.layers())
                        .map(architecture::window)
                        .boxed()
                        .toList();
        List<Integer> sizes = windows.stream().filter(window -> window > 0).distinct().toList();
        if (sizes.size() > 1) {
            throw new IllegalArgumentException(
                    "model.windows is %s, but GPT-Neo's files hold one size of windows"
                            .formatted(
                                    sizes.stream()
                                            .map(String::valueOf)
                                            .collect(Collectors.joining(","))));
        }
        return new NeoAttention(
                windows.stream().map(window -> window > 0).toList(),
                sizes.isEmpty() ? DEFAULT_WINDOW : sizes.getFirst());
    }

    static NeoAttention read(ConfigDocument document, int layers) throws ModelFileException {
        List<Boolean> expanded = document.has(TYPES) ? groups(document, layers) : alternating();
        List<Boolean> local = document.has(LAYERS) ? listed(document) : expanded;
        if (document.has(TYPES) && !local.equals(expanded)) {
            throw document.bad(LAYERS, "does not say the same as " + TYPES);
        }
        if (local.size() != layers) {
            throw document.bad(
                    document.has(LAYERS) ? LAYERS : TYPES,
                    "is for %d layers, but num_layers is %d".formatted(local.size(), layers));
        }
        return new NeoAttention(local, document.integer(WINDOW, DEFAULT_WINDOW));
    }

    private static List<Boolean> alternating() {
        var local = new ArrayList<Boolean>();
        for (int pair = 0; pair < DEFAULT_PAIRS; pair++) {
            local.addAll(List.of(false, true));
        }
        return local;
    }

    /// Expands the groups, and no further than to one layer too many.
    private static List<Boolean> groups(ConfigDocument document, int layers)
            throws ModelFileException {
        var local = new ArrayList<Boolean>();
        for (JsonNode group : array(document, TYPES, document.get(TYPES))) {
            JsonNode count = group.path(1);
            if (!group.isArray() || group.size() != 2 || !count.isInt() || count.intValue() < 0) {
                throw document.bad(
                        TYPES,
                        "is %s; expected groups such as [[\"global\", \"local\"], 6]"
                                .formatted(document.shown(TYPES)));
            }
            List<Boolean> kinds = kinds(document, TYPES, group.path(0));
            for (int i = 0; i < count.intValue() && !kinds.isEmpty(); i++) {
                if (local.size() > layers) {
                    return local;
                }
                local.addAll(kinds);
            }
        }
        return local;
    }

    private static List<Boolean> listed(ConfigDocument document) throws ModelFileException {
        return kinds(document, LAYERS, document.get(LAYERS));
    }

    private static List<Boolean> kinds(ConfigDocument document, String key, JsonNode kinds)
            throws ModelFileException {
        var local = new ArrayList<Boolean>();
        for (JsonNode kind : array(document, key, kinds)) {
            String name = kind.asText();
            if (!name.equals(GLOBAL_KIND) && !name.equals(LOCAL_KIND)) {
                throw document.bad(
                        key,
                        "has a layer of kind %s; supported: global, local"
                                .formatted(BadFileException.quote(name)));
            }
            local.add(name.equals(LOCAL_KIND));
        }
        return local;
    }

    private static JsonNode array(ConfigDocument document, String key, JsonNode node)
            throws ModelFileException {
        if (!node.isArray()) {
            throw document.bad(key, "is %s; expected a list".formatted(document.shown(key)));
        }
        return node;
    }

    /// The window of each layer, 0 for all positions.
    List<Integer> windows() {
        return local.stream().map(isLocal -> isLocal ? windowSize : 0).toList();
    }

    void write(ObjectNode json) {
        ArrayNode group = json.putArray(TYPES).addArray();
        int length = period();
        ArrayNode kinds = group.addArray();
        local.subList(0, length).forEach(isLocal -> kinds.add(isLocal ? LOCAL_KIND : GLOBAL_KIND));
        group.add(local.size() / length);
        json.put(WINDOW, windowSize);
    }

    /// Layers of the shortest group that makes up all layers.
    private int period() {
        int length = 1;
        while (local.size() % length != 0 || !repeats(length)) {
            length++;
        }
        return length;
    }

    private boolean repeats(int length) {
        for (int layer = length; layer < local.size(); layer++) {
            if (!local.get(layer).equals(local.get(layer - length))) {
                return false;
            }
        }
        return true;
    }
}
