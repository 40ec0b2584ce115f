package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.GgufFile;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.adapter.PeftConfig;
import io.tornadogpt.core.model.family.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A model on disk: its configuration, which was read, and its weights, whose names, shapes and
/// places in the file were checked against it. Weights are read by [#load] or [#openWeights].
public sealed interface StoredModel
        permits ModelDirectory, LlmcCheckpoint, GgufModel, AdaptedModel {
    /// Opens a directory in Hugging Face's layout, a GGUF file, a checkpoint file of llm.c, or the
    /// directory of an adapter in PEFT's layout that says where its model is. Where a directory has
    /// a [Manifest], as those have that a run writes, all that it names is read once and compared
    /// with it, but for a checkpoint's optimizer state.
    ///
    /// @throws ModelFileException where it is missing, malformed, not as it was saved, or asks for
    ///   what is not supported
    static StoredModel open(Path path) throws IOException {
        return open(path, (Task) null);
    }

    /// As [#open(Path)].
    ///
    /// @param otherwise what the model has a head for where its configuration does not say; null
    ///   for what is usual
    static StoredModel open(Path path, @Nullable Task otherwise) throws IOException {
        if (Files.isRegularFile(path)) {
            return GgufFile.is(path) ? GgufModel.open(path) : LlmcCheckpoint.open(path);
        }
        boolean adapter =
                Files.exists(path.resolve(PeftConfig.FILE))
                        && !Files.exists(path.resolve(ModelDirectory.CONFIG_FILE));
        if (adapter) {
            return AdaptedModel.open(path);
        }
        Manifest.verifyIn(path, OptimizerFile.NAME);
        return ModelDirectory.open(path, otherwise);
    }

    /// Opens a model, and an adapter of it in PEFT's layout.
    ///
    /// @throws ModelFileException where one of them is missing, malformed or asks for what is not
    ///   supported, or the adapter was made for another model
    static StoredModel open(Path path, Path adapter) throws IOException {
        return AdaptedModel.open(open(path), adapter);
    }

    /// The directory or file.
    Path path();

    /// What the model is.
    ModelConfig config();

    /// The model to write programs with, its adapter included where it has one.
    default Model model() {
        return new Model(config());
    }

    /// Opens the weights to read one by one, on no device; an adapter is merged into them.
    OpenWeights openWeights() throws IOException;

    /// Gives a session the stored weights. What it can read in place it does, and then the file
    /// stays mapped, and must stay as it is, until the session is closed; a file that another takes
    /// the place of stays as it is.
    ///
    /// @param model of this configuration; dropout, context and prefix may be others
    /// @throws ModelFileException where the files changed since they were opened, or values in them
    ///   contradict the configuration; what the session holds then is undefined
    void load(Model model, Session session) throws IOException;

    /// As [#load], for a model of the same architecture that has a head for something else, or an
    /// adapter that is new: what these files lack of both starts as [Model#initialize] has it, and
    /// layers that the adapter keeps as a whole start as they are here.
    ///
    /// @param seed of what is not in the files
    /// @throws IllegalArgumentException where more than the head differs
    void loadUnderHead(Model model, Session session, long seed) throws IOException;
}
