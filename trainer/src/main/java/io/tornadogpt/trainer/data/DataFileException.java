package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.BadFileException;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// A file that was to be trained on, or the log of a training run, cannot be used.
public final class DataFileException extends BadFileException {
    /// See [BadFileException] for how the parts become one sentence.
    public DataFileException(Path file, String field, String problem, String remedy) {
        this(file, field, problem, remedy, null);
    }

    /// As above, with the exception that told.
    public DataFileException(
            Path file, String field, String problem, String remedy, @Nullable Throwable cause) {
        super(file, field, problem, remedy, cause);
    }
}
