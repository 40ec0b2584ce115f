package io.tornadogpt.core.model.family;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.op.Activation.Function;

import java.util.Map;
import java.util.TreeMap;

/// What `transformers` calls activations.
final class ActivationNames {
    private static final Map<String, Function> FUNCTIONS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("gelu_new", Function.GELU_TANH),
                            Map.entry("gelu_pytorch_tanh", Function.GELU_TANH),
                            Map.entry("gelu_python_tanh", Function.GELU_TANH),
                            Map.entry("gelu_accurate", Function.GELU_TANH),
                            Map.entry("gelu_fast", Function.GELU_TANH),
                            Map.entry("gelu", Function.GELU),
                            Map.entry("gelu_python", Function.GELU),
                            Map.entry("silu", Function.SILU),
                            Map.entry("swish", Function.SILU),
                            Map.entry("relu", Function.RELU),
                            Map.entry("tanh", Function.TANH)));

    private ActivationNames() {}

    /// Reads the activation under a key.
    static Function read(ConfigDocument config, String key, String otherwise)
            throws ModelFileException {
        String name = config.text(key, otherwise);
        Function function = FUNCTIONS.get(name);
        if (function == null) {
            throw config.bad(
                    key,
                    "is %s; supported: %s"
                            .formatted(BadFileException.quote(name), FUNCTIONS.keySet()));
        }
        return function;
    }

    /// The name under which an activation is written.
    static String of(Function function) {
        return switch (function) {
            case GELU_TANH -> "gelu_new";
            case GELU -> "gelu";
            case SILU -> "silu";
            case RELU -> "relu";
            case TANH -> "tanh";
        };
    }
}
