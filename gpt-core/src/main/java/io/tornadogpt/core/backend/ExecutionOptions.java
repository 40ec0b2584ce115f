package io.tornadogpt.core.backend;

/// How a backend is to run programs. No option changes results.
///
/// @param threads worker threads of a CPU backend, 0 for one a processor
/// @param profile whether to keep [Session#profile], which costs time
public record ExecutionOptions(int threads, boolean profile) {
    public static final ExecutionOptions DEFAULT = new ExecutionOptions(0);

    public ExecutionOptions {
        if (threads < 0) {
            throw new IllegalArgumentException(
                    "threads is " + threads + "; expected 0 (one a processor) or more");
        }
    }

    /// Without a profile.
    public ExecutionOptions(int threads) {
        this(threads, false);
    }

    /// With a profile.
    public ExecutionOptions profiled() {
        return new ExecutionOptions(threads, true);
    }
}
