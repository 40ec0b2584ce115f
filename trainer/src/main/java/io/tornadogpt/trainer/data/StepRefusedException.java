package io.tornadogpt.trainer.data;

import org.jspecify.annotations.Nullable;

/// The micro-batches of a step cannot be made. The weights are those of the step before; a run
/// saves them before it ends.
public final class StepRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message one sentence: what was wrong, and what to do
    public StepRefusedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
