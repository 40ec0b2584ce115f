package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.file.Path;

/// Where the files of a directory are written to: a directory that exists, or an [AtomicDirectory].
@FunctionalInterface
public interface FileSink {
    /// Writes a file.
    ///
    /// @param name of the file in the directory
    void write(String name, FileContent content) throws IOException;

    /// A directory that exists; each file is replaced whole.
    static FileSink in(Path directory) {
        return (name, content) -> {
            try (var file = AtomicFile.begin(directory.resolve(name))) {
                content.writeTo(file.output());
                file.commit();
            }
        };
    }
}
