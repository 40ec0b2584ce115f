package io.tornadogpt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where a command is to write, looked at before it works: whoever waits for a result must not lose
/// it to a path that could never be written to.
final class OutputPath {
    private OutputPath() {}

    /// A path where nothing is yet; the folders around it are made.
    ///
    /// @throws IllegalArgumentException where something is
    static Path unused(Path out) throws IOException {
        if (Files.exists(out)) {
            throw new IllegalArgumentException(out + " exists already; give a new path as --out");
        }
        return inFolder(out);
    }

    /// A file to write, or to replace; the folders around it are made.
    ///
    /// @throws IllegalArgumentException where a folder is
    static Path file(Path out) throws IOException {
        if (Files.isDirectory(out)) {
            throw new IllegalArgumentException(out + " is a folder; give a file as --out");
        }
        return inFolder(out);
    }

    private static Path inFolder(Path out) throws IOException {
        Path path = out.toAbsolutePath().normalize();
        if (path.getParent() != null) {
            Files.createDirectories(path.getParent());
        }
        return path;
    }
}
