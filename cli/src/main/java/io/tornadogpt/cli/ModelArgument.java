package io.tornadogpt.cli;

import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.RunDirectory;
import io.tornadogpt.trainer.TrainingData;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What `--model` names: a model directory, or a run whose best model is meant.
///
/// @param directory the model
/// @param tokenizer null where none lies beside it
record ModelArgument(ModelDirectory directory, @Nullable Tokenizer tokenizer) {

    static ModelArgument open(Path named) throws IOException {
        Path path = Files.isDirectory(named) ? new RunDirectory(named).model() : named;
        ModelDirectory directory = ModelDirectory.open(path);
        return new ModelArgument(directory, TrainingData.tokenizerIn(path));
    }

    /// The tokenizer, which the task cannot do without.
    Tokenizer requireTokenizer() {
        if (tokenizer == null) {
            throw new IllegalArgumentException(
                    directory.path()
                            + " has no tokenizer.json, so its tokens cannot be told as text; copy"
                            + " the tokenizer's files beside the model");
        }
        return tokenizer;
    }
}
