package io.tornadogpt.evaluation;

import io.tornadogpt.core.files.BadFileException;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// A file with a task, or with its items, is missing or not as expected.
public final class EvaluationFileException extends BadFileException {
    /// See [BadFileException] for how the parts become one sentence.
    public EvaluationFileException(Path file, String field, String problem, String remedy) {
        this(file, field, problem, remedy, null);
    }

    /// As above, with the exception that told.
    public EvaluationFileException(
            Path file, String field, String problem, String remedy, @Nullable Throwable cause) {
        super(file, field, problem, remedy, cause);
    }
}
