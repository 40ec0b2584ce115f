package io.tornadogpt.trainer.sweep;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.trainer.json.StrictMapper;
import io.tornadogpt.trainer.settings.ConfigFileException;
import io.tornadogpt.trainer.settings.Settings;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.StreamSupport;

/// A user's file that says which settings a sweep tries:
///
/// ```json
/// {
///   "method": "random",
///   "trials": 20,
///   "seeds": 2,
///   "parameters": {
///     "train.learningRate": {"min": 1e-4, "max": 1e-2, "scale": "log"},
///     "model.nLayer": [2, 4]
///   }
/// }
/// ```
///
/// A parameter is a list of values or a range: `min`, `max`, `scale` (`linear` or `log`) and, for a
/// grid, `points`. `seeds` is a number of them or a list. `drawSeed`, `eta` and `firstSteps` are
/// those of [SweepPlan]. What is left out is null here.
///
/// @param parameters in the order of the file
public record SpaceFile(
        SweepPlan.@Nullable Method method,
        @Nullable Integer trials,
        @Nullable List<Long> seeds,
        @Nullable Long drawSeed,
        @Nullable Integer eta,
        @Nullable Integer firstSteps,
        List<Dimension> parameters) {

    private record Document(
            @Nullable String method,
            @Nullable Integer trials,
            @Nullable JsonNode seeds,
            @Nullable Long drawSeed,
            @Nullable Integer eta,
            @Nullable Integer firstSteps,
            @JsonProperty(required = true) Map<String, JsonNode> parameters) {}

    private record RangeDocument(
            @JsonProperty(required = true) double min,
            @JsonProperty(required = true) double max,
            @Nullable String scale,
            @Nullable Integer points) {}

    /// Reads a file.
    ///
    /// @param settings that there are, to check keys and values by
    /// @throws ConfigFileException where it cannot be used, naming it and what is wrong
    public static SpaceFile read(Path file, Settings settings) throws IOException {
        try {
            Document document = StrictMapper.read(Files.readAllBytes(file), Document.class);
            return of(document, settings);
        } catch (NoSuchFileException e) {
            throw bad(file, "does not exist", "check the path", e);
        } catch (JsonProcessingException e) {
            throw bad(
                    file, "cannot be read (" + StrictMapper.reason(e) + ")", "correct the file", e);
        } catch (IllegalArgumentException e) {
            throw bad(file, "cannot be used: " + e.getMessage(), "correct the file", e);
        }
    }

    private static ConfigFileException bad(
            Path file, String problem, String remedy, Throwable cause) {
        return new ConfigFileException(file, "the file of the sweep", problem, remedy, cause);
    }

    private static SpaceFile of(Document document, Settings settings)
            throws JsonProcessingException {
        var parameters = new ArrayList<Dimension>();
        for (Map.Entry<String, JsonNode> parameter : document.parameters.entrySet()) {
            parameters.add(dimension(parameter.getKey(), parameter.getValue(), settings));
        }
        return new SpaceFile(
                document.method == null
                        ? null
                        : named(SweepPlan.Method.class, "method", document.method),
                document.trials,
                document.seeds == null ? null : seeds(document.seeds),
                document.drawSeed,
                document.eta,
                document.firstSteps,
                parameters);
    }

    private static List<Long> seeds(JsonNode node) {
        if (node.isInt()) {
            return SweepPlan.seeds(node.asInt());
        }
        if (node.isArray() && elements(node).stream().allMatch(JsonNode::isIntegralNumber)) {
            return elements(node).stream().map(JsonNode::asLong).toList();
        }
        throw new IllegalArgumentException(
                "seeds is %s; expected a number of seeds, or a list of them".formatted(node));
    }

    private static Dimension dimension(String key, JsonNode node, Settings settings)
            throws JsonProcessingException {
        Class<?> type = settings.type(key);
        if (node.isArray()) {
            List<String> values = elements(node).stream().map(JsonNode::asText).toList();
            values.forEach(value -> settings.with(key, value));
            return new Dimension.Values(key, values);
        }
        if (!node.isObject()) {
            throw new IllegalArgumentException(
                    "%s is %s; expected a list of values, or a range as in {\"min\": 1, \"max\": 8}"
                            .formatted(key, node));
        }
        boolean whole = type == int.class || type == long.class;
        if (!whole && type != double.class) {
            throw new IllegalArgumentException(
                    key + " is no number, so it has no range; give a list of values");
        }
        RangeDocument range = StrictMapper.JSON.treeToValue(node, RangeDocument.class);
        Dimension.Scale scale =
                range.scale == null
                        ? Dimension.Scale.LINEAR
                        : named(Dimension.Scale.class, key + ": scale", range.scale);
        int points = range.points == null ? 0 : range.points;
        return new Dimension.Range(key, range.min, range.max, scale, points, whole);
    }

    private static List<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    private static <E extends Enum<E>> E named(Class<E> type, String key, String text) {
        var names = new ArrayList<String>();
        for (E constant : type.getEnumConstants()) {
            String name = constant.name().toLowerCase(Locale.ROOT);
            if (name.equals(text)) {
                return constant;
            }
            names.add(name);
        }
        throw new IllegalArgumentException(
                "%s is '%s'; expected %s".formatted(key, text, String.join(", ", names)));
    }
}
