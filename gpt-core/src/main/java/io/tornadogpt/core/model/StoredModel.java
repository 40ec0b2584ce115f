package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.family.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A model on disk: its configuration, which was read, and its weights, whose names, shapes and
/// places in the file were checked against it. Weights are read by [#load] or [#openWeights].
public sealed interface StoredModel permits ModelDirectory, LlmcCheckpoint {
    /// Opens a directory in Hugging Face's layout, or a checkpoint file of llm.c.
    ///
    /// @throws ModelFileException where it is missing, malformed or asks for what is not supported
    static StoredModel open(Path path) throws IOException {
        return open(path, null);
    }

    /// As [#open(Path)].
    ///
    /// @param otherwise what the model has a head for where its configuration does not say; null for
    ///   what is usual
    static StoredModel open(Path path, @Nullable Task otherwise) throws IOException {
        return Files.isRegularFile(path)
                ? LlmcCheckpoint.open(path)
                : ModelDirectory.open(path, otherwise);
    }

    /// The directory or file.
    Path path();

    /// What the model is.
    ModelConfig config();

    /// Opens the weights to read one by one, on no device.
    StoredWeights openWeights() throws IOException;

    /// Gives a session the stored weights. What it can read in place it does, and then the file
    /// stays mapped, and must stay as it is, until the session is closed; a file that another takes
    /// the place of stays as it is.
    ///
    /// @param model of this configuration; dropout, context and prefix may be others
    /// @throws ModelFileException where the files changed since they were opened, or values in them
    ///   contradict the configuration; what the session holds then is undefined
    default void load(Model model, Session session) throws IOException {
        if (!model.config().hasWeightsOf(config())) {
            throw new IllegalArgumentException(
                    "%s holds %s, which are no weights for %s; use the configuration that it has"
                            .formatted(
                                    path(),
                                    config().architecture(),
                                    model.config().architecture()));
        }
        openWeights().moveTo(session, model, model.prefix());
    }
}
