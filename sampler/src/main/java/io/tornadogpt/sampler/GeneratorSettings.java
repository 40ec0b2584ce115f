package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.ExecutionOptions;

/// How a [Generator] is opened: `GeneratorSettings.DEFAULT.withSequences(8).withThreads(4)`.
///
/// @param sequences B, generated together; more cost more memory for the key-value cache
/// @param execution how the device runs; it changes no result
public record GeneratorSettings(int sequences, ExecutionOptions execution) {
    /// One sequence at a time, on all processors.
    public static final GeneratorSettings DEFAULT =
            new GeneratorSettings(1, ExecutionOptions.DEFAULT);

    public GeneratorSettings {
        if (sequences < 1) {
            throw new IllegalArgumentException(
                    "sequences at a time are " + sequences + "; expected 1 or more");
        }
    }

    public GeneratorSettings withSequences(int value) {
        return new GeneratorSettings(value, execution);
    }

    public GeneratorSettings withExecution(ExecutionOptions value) {
        return new GeneratorSettings(sequences, value);
    }

    /// @param value worker threads of a CPU, 0 for one a processor
    public GeneratorSettings withThreads(int value) {
        return withExecution(new ExecutionOptions(value, execution.profile()));
    }
}
