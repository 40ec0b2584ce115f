package io.tornadogpt.core.backend;

/// How a backend is to run programs. No option changes results.
///
/// @param threads worker threads of a CPU backend, 0 for one a processor
public record ExecutionOptions(int threads) {
    public static final ExecutionOptions DEFAULT = new ExecutionOptions(0);

    public ExecutionOptions {
        if (threads < 0) {
            throw new IllegalArgumentException(
                    "threads is " + threads + "; expected 0 (one a processor) or more");
        }
    }
}
