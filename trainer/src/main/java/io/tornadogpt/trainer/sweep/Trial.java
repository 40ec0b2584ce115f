package io.tornadogpt.trainer.sweep;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// Settings that a sweep tries.
///
/// @param number counts from 1
/// @param settings that are varied, keys and values in the order of the plan
public record Trial(int number, Map<String, String> settings) {
    public Trial {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /// Such as `train.learningRate=1e-3 model.nLayer=4`.
    public String description() {
        return settings.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(" "));
    }
}
