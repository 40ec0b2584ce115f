package io.tornadogpt.trainer.loop;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Optional;

/// Training was given up because losses, gradients or weights stopped being finite numbers. No
/// update was made with them, and the last checkpoint is from before.
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int goodSteps;
    private final transient @Nullable Path checkpoint;

    /// @param message one sentence: the step, what to change, where to go on
    /// @param goodSteps steps that were made before the first fault of the row
    public DivergedException(String message, int goodSteps) {
        this(message, goodSteps, null, null);
    }

    /// As above, with where to go on.
    ///
    /// @param checkpoint the last one whose weights are known to be good, null for none
    public DivergedException(
            String message,
            int goodSteps,
            @Nullable Path checkpoint,
            @Nullable DivergedException cause) {
        super(message, cause);
        this.goodSteps = goodSteps;
        this.checkpoint = checkpoint;
    }

    /// Steps that were made before the first fault of the row that ended the run.
    public int goodSteps() {
        return goodSteps;
    }

    /// The last checkpoint whose weights are known to be good.
    public Optional<Path> checkpoint() {
        return Optional.ofNullable(checkpoint);
    }
}
