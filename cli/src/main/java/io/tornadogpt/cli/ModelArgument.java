package io.tornadogpt.cli;

import io.tornadogpt.core.files.GgufFile;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.AdaptedModel;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.run.RunDirectory;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// What `--model` names: a model directory, a run whose best model is meant, a GGUF file, or a
/// checkpoint of llm.c.
///
/// The tokenizer is read beside the model, by a thread of its own: GPT-2's takes as long as
/// everything else that comes before the first token. Who asks for it waits.
final class ModelArgument {
    /// Where runs lie that were given no other place.
    private static final Path RUNS = Path.of("runs");

    private final StoredModel stored;
    private final Path folder;
    private final FutureTask<Optional<Tokenizer>> tokenizer;

    private ModelArgument(
            StoredModel stored, Path folder, FutureTask<Optional<Tokenizer>> tokenizer) {
        this.stored = stored;
        this.folder = folder;
        this.tokenizer = tokenizer;
    }

    static ModelArgument open(Path named) throws IOException {
        return open(named, new AdapterOption(), null);
    }

    /// A model with the adapter that was named, if one was.
    static ModelArgument open(Path named, AdapterOption option) throws IOException {
        return open(named, option, null);
    }

    /// @param otherwise what the model has a head for where its configuration does not say; null
    ///   for what is usual
    static ModelArgument open(Path named, @Nullable Task otherwise) throws IOException {
        return open(named, new AdapterOption(), otherwise);
    }

    /// A model with the adapter that was named, if one was.
    ///
    /// @param otherwise what the model has a head for where its configuration does not say; null
    ///   for what is usual
    static ModelArgument open(Path named, AdapterOption option, @Nullable Task otherwise)
            throws IOException {
        Path path = model(named);
        Path adapter = option.path();
        StoredModel stored = StoredModel.open(path, otherwise);
        if (adapter != null) {
            stored = AdaptedModel.open(stored, model(adapter));
        }
        Path folder = folderOf(stored.path());
        var tokenizer =
                new FutureTask<>(() -> Optional.ofNullable(TrainingData.tokenizerIn(folder)));
        Thread.ofPlatform().daemon().name("tokenizer").start(tokenizer);
        return new ModelArgument(stored, folder, tokenizer);
    }

    /// Opens a model, or the newest run where none is named, and says which that is.
    ///
    /// @throws IllegalArgumentException where none is named and there is no run
    static ModelArgument openOrNewest(@Nullable Path named, AdapterOption adapter, Screen screen)
            throws IOException {
        if (named != null) {
            return open(named, adapter);
        }
        RunDirectory newest =
                RunDirectory.newest(RUNS)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "no model is named and there is no run in %s; give --model DIR, or train a model first: %s train"
                                                        .formatted(
                                                                RUNS.toAbsolutePath(),
                                                                Gpt.COMMAND)));
        screen.warning("the model is that of the newest run, " + newest.path());
        return open(newest.path(), adapter);
    }

    private static ModelFileException missing(Path named) {
        return new ModelFileException(
                named,
                "the model",
                "does not exist, and none of that name was fetched from a hub",
                "check the path, or fetch one: %s download NAME".formatted(Gpt.COMMAND));
    }

    /// What a path means: a run's best model, a file's folder where the file is a part of a model.
    private static Path model(Path named) throws IOException {
        if (Files.isDirectory(named)) {
            Path last = named.toAbsolutePath().normalize().getFileName();
            boolean checkpoints = last != null && last.toString().equals("checkpoints");
            Path run = checkpoints ? named.toAbsolutePath().normalize().getParent() : null;
            return run != null
                    ? new RunDirectory(run).lastCheckpoint().orElse(named)
                    : new RunDirectory(named).model();
        }
        String name = named.toString();
        if (!Files.exists(named) && !named.isAbsolute()) {
            Optional<Path> cached = DownloadCommand.cached(name);
            return cached.orElseThrow(() -> missing(named));
        }
        boolean part = name.endsWith(".safetensors") || name.endsWith(".json");
        return part && Files.exists(named)
                ? Objects.requireNonNull(named.toAbsolutePath().getParent())
                : named;
    }

    /// The model.
    StoredModel stored() {
        return stored;
    }

    /// The directory that the tokenizer lies in, or the GGUF file.
    Path tokenizerPath() {
        return folder;
    }

    private static Path folderOf(Path model) throws IOException {
        Path path = model.toAbsolutePath().normalize();
        Path folder = path.getParent();
        boolean own = Files.isDirectory(path) || GgufFile.is(path);
        return own || folder == null ? path : folder;
    }

    /// The tokenizer, null where none lies beside the model.
    ///
    /// @throws ModelFileException if the model was made for fewer tokens
    @Nullable Tokenizer tokenizer() throws IOException {
        Tokenizer read = read().orElse(null);
        if (read != null && read.sizeWithoutAddedTokens() > stored.config().vocabulary()) {
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
