package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.BadFileException;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Optional;

/// The newest checkpoint of a run is damaged. An older one may be whole.
public final class DamagedCheckpointException extends BadFileException {
    private static final long serialVersionUID = 1;

    private final transient @Nullable Path older;

    DamagedCheckpointException(BadFileException damage, @Nullable Path older) {
        super(
                damage.file(),
                damage.field(),
                damage.problem(),
                older == null
                        ? "the run has no other whole checkpoint: start a new run"
                        : "the newest whole checkpoint is " + older,
                damage);
        this.older = older;
    }

    /// The newest checkpoint that is whole.
    public Optional<Path> older() {
        return Optional.ofNullable(older);
    }
}
