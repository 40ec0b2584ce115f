package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// `layer_types`: which layers see all positions, and which those of a window.
final class LayerTypes {
    static final String KEY = "layer_types";

    /// Layers that see all positions.
    static final String FULL = "full_attention";

    /// Layers that see a window.
    static final String SLIDING = "sliding_attention";

    private LayerTypes() {}

    /// Whether each layer has a window.
    ///
    /// @param otherwise the same where the key is missing, by the number of the layer
    static List<Boolean> read(ConfigDocument config, int layers, IntPredicate otherwise)
            throws ModelFileException {
        if (!config.has(KEY)) {
            return IntStream.range(0, layers).mapToObj(otherwise::test).toList();
        }
        List<String> types = config.texts(KEY);
        if (types.size() != layers) {
            throw config.bad(
                    KEY, "is for %d layers, but there are %d".formatted(types.size(), layers));
        }
        for (String type : types) {
            if (!type.equals(FULL) && !type.equals(SLIDING)) {
                throw config.bad(
                        KEY,
                        "has a layer of type %s; supported: %s, %s"
                                .formatted(BadFileException.quote(type), FULL, SLIDING));
            }
        }
        return types.stream().map(SLIDING::equals).toList();
    }

    /// The window of each layer, 0 for all positions.
    static List<Integer> windows(List<Boolean> sliding, int window) {
        return sliding.stream().map(has -> has ? window : 0).toList();
    }

    static void write(List<Boolean> sliding, ObjectNode config) {
        ArrayNode types = config.putArray(KEY);
        sliding.forEach(has -> types.add(has ? SLIDING : FULL));
    }

    /// Whether each layer of an architecture has a window.
    static List<Boolean> of(Architecture architecture) {
        return IntStream.range(0, architecture.layers())
                .mapToObj(layer -> architecture.window(layer) > 0)
                .toList();
    }

    /// The one size of all windows, 0 where there are none.
    ///
    /// @throws IllegalArgumentException where there are several
    static int window(Architecture architecture) {
        List<Integer> sizes =
                architecture.attention().windows().stream()
                        .filter(window -> window > 0)
                        .distinct()
                        .toList();
        if (sizes.size() > 1) {
            throw new IllegalArgumentException(
                    "layers have windows of %s positions, but the files hold one size of windows"
                            .formatted(sizes));
        }
        return sizes.isEmpty() ? 0 : sizes.getFirst();
    }
}
