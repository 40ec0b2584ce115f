package io.tornadogpt.trainer.loop;

/// Training was given up because gradients stopped being finite numbers. No update was made with
/// them, and the last checkpoint is from before.
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message one sentence: the step, what to change, where to resume
    public DivergedException(String message) {
        super(message);
    }
}
