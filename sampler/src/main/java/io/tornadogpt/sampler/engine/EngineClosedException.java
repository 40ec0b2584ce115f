package io.tornadogpt.sampler.engine;

/// The engine takes no requests any more.
public final class EngineClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    EngineClosedException() {
        super("the engine is closing and takes no more requests");
    }
}
