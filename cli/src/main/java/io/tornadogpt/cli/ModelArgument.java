package io.tornadogpt.cli;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.run.RunDirectory;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// What `--model` names: a model directory, a run whose best model is meant, or a checkpoint of
/// llm.c.
///
/// The tokenizer is read beside the model, by a thread of its own: GPT-2's takes as long as
/// everything else that comes before the first token. Who asks for it waits.
final class ModelArgument {
    private final StoredModel stored;
    private final FutureTask<Optional<Tokenizer>> tokenizer;

    private ModelArgument(StoredModel stored, FutureTask<Optional<Tokenizer>> tokenizer) {
        this.stored = stored;
        this.tokenizer = tokenizer;
    }

    static ModelArgument open(Path named) throws IOException {
        return open(named, new AdapterOption());
    }

    /// A model with the adapter that was named, if one was.
    static ModelArgument open(Path named, AdapterOption option) throws IOException {
        Path path = directory(named);
        Path adapter = option.path();
        StoredModel stored =
                adapter == null
                        ? StoredModel.open(path)
                        : StoredModel.open(path, directory(adapter));
        Path folder = folderOf(stored.path());
        var tokenizer =
                new FutureTask<>(() -> Optional.ofNullable(TrainingData.tokenizerIn(folder)));
        Thread.ofPlatform().daemon().name("tokenizer").start(tokenizer);
        return new ModelArgument(stored, tokenizer);
    }

    private static Path directory(Path named) throws IOException {
        return Files.isDirectory(named) ? new RunDirectory(named).model() : named;
    }

    /// The model.
    StoredModel stored() {
        return stored;
    }

    /// The directory that the tokenizer lies in.
    Path tokenizerPath() {
        return folderOf(stored.path());
    }

    private static Path folderOf(Path model) {
        Path path = model.toAbsolutePath().normalize();
        Path folder = path.getParent();
        return Files.isDirectory(path) || folder == null ? path : folder;
    }

    /// The tokenizer, null where none lies beside the model.
    ///
    /// @throws ModelFileException if the model was made for fewer tokens
    @Nullable Tokenizer tokenizer() throws IOException {
        Tokenizer read = read().orElse(null);
        if (read != null && read.vocabularySize() > stored.config().vocabulary()) {
            throw new ModelFileException(
                    tokenizerPath(),
                    "the tokenizer",
                    "has %d tokens, but the model's vocab_size is %d"
                            .formatted(read.vocabularySize(), stored.config().vocabulary()),
                    "use model and tokenizer of one export");
        }
        return read;
    }

    private Optional<Tokenizer> read() throws IOException {
        try {
            return tokenizer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the tokenizer was read", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException bad -> throw bad;
                case RuntimeException bug -> throw bug;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /// The tokenizer, which the task cannot do without.
    Tokenizer requireTokenizer() throws IOException {
        Tokenizer read = tokenizer();
        if (read == null) {
            throw new IllegalArgumentException(
                    stored.path()
                            + " has no tokenizer.json, so its tokens cannot be told as text; copy"
                            + " the tokenizer's files beside the model");
        }
        return read;
    }
}
