package io.tornadogpt.sampler.engine;

import org.jspecify.annotations.Nullable;

/// A request that failed while it was served: its cause says why, as
/// [io.tornadogpt.sampler.InvalidLogitsException] where no token could be drawn.
public final class GenerationFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    GenerationFailedException(@Nullable Throwable cause) {
        super(cause == null ? "generation failed" : String.valueOf(cause.getMessage()), cause);
    }
}
