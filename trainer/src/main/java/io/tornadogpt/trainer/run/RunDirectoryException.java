package io.tornadogpt.trainer.run;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// A directory cannot be taken for a new run: it holds something, or cannot be written.
public final class RunDirectoryException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final transient Path directory;
    private final boolean holdsRun;

    RunDirectoryException(
            Path directory, String problem, boolean holdsRun, @Nullable Throwable cause) {
        super(
                "%s %s; name another directory%s"
                        .formatted(
                                directory,
                                problem,
                                holdsRun ? ", or resume the run that it holds" : ""),
                cause);
        this.directory = directory;
        this.holdsRun = holdsRun;
    }

    /// The directory.
    public Path directory() {
        return directory;
    }

    /// Whether a run is in it, which can be resumed.
    public boolean holdsRun() {
        return holdsRun;
    }
}
