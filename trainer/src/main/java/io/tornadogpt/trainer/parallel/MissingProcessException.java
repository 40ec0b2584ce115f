package io.tornadogpt.trainer.parallel;

/// One of the processes that train a model did not come where the others wait for it.
public final class MissingProcessException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param message which one, how long the others waited, and what to do
    public MissingProcessException(String message) {
        super(message);
    }
}
