package io.tornadogpt.trainer.parallel;

/// Another process could not do its part, and says so itself.
public final class OtherProcessException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int rank;

    /// @param rank of the process that failed
    /// @param message what it says
    public OtherProcessException(int rank, String message) {
        super(message);
        this.rank = rank;
    }

    /// Which process failed.
    public int rank() {
        return rank;
    }
}
