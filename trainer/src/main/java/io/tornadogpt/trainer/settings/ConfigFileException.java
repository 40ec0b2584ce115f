package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.files.BadFileException;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// A file of settings cannot be used.
public final class ConfigFileException extends BadFileException {
    /// See [BadFileException] for how the parts become one sentence.
    public ConfigFileException(
            Path file, String field, String problem, String remedy, @Nullable Throwable cause) {
        super(file, field, problem, remedy, cause);
    }
}
