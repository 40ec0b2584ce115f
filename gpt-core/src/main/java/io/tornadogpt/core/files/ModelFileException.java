package io.tornadogpt.core.files;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// A model file (weights, their index, or a configuration beside them) breaks its format.
public final class ModelFileException extends BadFileException {
    /// See [BadFileException] for how the parts become one sentence.
    public ModelFileException(Path file, String field, String problem, String remedy) {
        this(file, field, problem, remedy, null);
    }

    /// As above, with the exception that told.
    public ModelFileException(
            Path file, String field, String problem, String remedy, @Nullable Throwable cause) {
        super(file, field, problem, remedy, cause);
    }
}
