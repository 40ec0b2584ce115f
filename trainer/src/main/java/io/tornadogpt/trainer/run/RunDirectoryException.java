package io.tornadogpt.trainer.run;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.Optional;

/// A directory cannot be taken for a run: it holds something, is in use, or cannot be written.
public final class RunDirectoryException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final transient Path directory;
    private final boolean holdsRun;

    /// @param problem continues a sentence that begins with the directory
    /// @param holdsRun whether a run is in it, which can be resumed
    public RunDirectoryException(
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

    private RunDirectoryException(Path directory, String message) {
        super(message);
        this.directory = directory;
        this.holdsRun = false;
    }

    /// Somebody else writes to the directory.
    ///
    /// @param holder number of the process, empty where it is not known
    static RunDirectoryException inUse(Path directory, Optional<Long> holder) {
        return new RunDirectoryException(
                directory,
                "%s is in use: %s trains in it; wait until that ends or stop it, or name another directory"
                        .formatted(
                                directory,
                                holder.map(pid -> "process " + pid).orElse("another process")));
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
