package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where the files of a directory are written to: a directory that exists, or an [AtomicDirectory].
@FunctionalInterface
public interface FileSink {
    /// Writes a file.
    ///
    /// @param name of the file in the directory, or of one in a folder of it: `FOLDER/NAME`
    void write(String name, FileContent content) throws IOException;

    /// A directory that exists; each file is replaced whole.
    static FileSink in(Path directory) {
        return (name, content) -> {
            Path path = directory.resolve(name);
            Files.createDirectories(Disk.parent(path));
            try (var file = AtomicFile.begin(path)) {
                content.writeTo(file.output());
                file.commit();
            }
        };
    }
}
