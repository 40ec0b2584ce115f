package io.tornadogpt.cli;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.RunDirectory;
import io.tornadogpt.trainer.TrainingData;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What `--model` names: a model directory, a run whose best model is meant, or a checkpoint of
/// llm.c.
///
/// @param stored the model
/// @param tokenizer null where none lies beside it
record ModelArgument(StoredModel stored, @Nullable Tokenizer tokenizer) {

    static ModelArgument open(Path named) throws IOException {
        Path path = Files.isDirectory(named) ? new RunDirectory(named).model() : named;
        StoredModel stored = StoredModel.open(path);
        Path folder = folderOf(stored);
        Tokenizer tokenizer = TrainingData.tokenizerIn(folder);
        if (tokenizer != null && tokenizer.vocabularySize() > stored.config().vocabSize()) {
            throw new ModelFileException(
                    folder,
                    "the tokenizer",
                    "has %d tokens, but the model's vocab_size is %d"
                            .formatted(tokenizer.vocabularySize(), stored.config().vocabSize()),
                    "use model and tokenizer of one export");
        }
        return new ModelArgument(stored, tokenizer);
    }

    /// The directory that the tokenizer lies in.
    Path tokenizerPath() {
        return folderOf(stored);
    }

    private static Path folderOf(StoredModel stored) {
        Path path = stored.path().toAbsolutePath().normalize();
        Path folder = path.getParent();
        return Files.isDirectory(path) || folder == null ? path : folder;
    }

    /// The tokenizer, which the task cannot do without.
    Tokenizer requireTokenizer() {
        if (tokenizer == null) {
            throw new IllegalArgumentException(
                    stored.path()
                            + " has no tokenizer.json, so its tokens cannot be told as text; copy"
                            + " the tokenizer's files beside the model");
        }
        return tokenizer;
    }
}
