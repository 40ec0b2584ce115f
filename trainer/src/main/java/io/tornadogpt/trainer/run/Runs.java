package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.DirectoryLock;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.Documents;
import io.tornadogpt.trainer.data.OwnText;
import io.tornadogpt.trainer.data.PartEncoder;
import io.tornadogpt.trainer.data.TokenMasks;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.settings.ModelObjective;
import io.tornadogpt.trainer.settings.RunSettings;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/// Begins runs and opens them again.
///
/// ```
/// TrainingResult result = Runs.begin(Path.of("runs/poems"), newRun).train();
/// TrainingResult further = Runs.resume(Path.of("runs/poems")).train();
/// ```
public final class Runs {
    private Runs() {}

    /// Begins a run: takes the directory and prepares the data in it.
    ///
    /// @param directory made if need be; it must hold nothing
    /// @throws RunDirectoryException where it holds another run or anything else, another process
    ///   trains in it, or it cannot be written
    public static Run<TextTask> begin(Path directory, NewRun run) throws IOException {
        return begin(directory, run, new DataChoice.Progress() {});
    }

    /// As above, and tells how far the preparation of the data is.
    public static Run<TextTask> begin(Path directory, NewRun run, DataChoice.Progress progress)
            throws IOException {
        return begin(directory, run, progress, PartEncoder.ALONE);
    }

    /// As above, with what makes the tokens of a text.
    public static Run<TextTask> begin(
            Path directory, NewRun run, DataChoice.Progress progress, PartEncoder encoder)
            throws IOException {
        RunOrigin origin = run.origin();
        return begin(
                directory,
                origin,
                run.weights(),
                where -> {
                    progress.source(origin.source());
                    TrainingData data = open(where.data(), run, progress, encoder);
                    return prepared(origin, run.settings(), data);
                });
    }

    /// Begins a run for any task.
    ///
    /// @param directory made if need be; it must hold nothing
    /// @param weights to start from, null for random ones
    /// @throws RunDirectoryException where it holds another run or anything else, another process
    ///   trains in it, or it cannot be written
    public static <T extends TrainingTask> Run<T> begin(
            Path directory,
            RunOrigin origin,
            @Nullable StoredModel weights,
            TaskPreparation<T> preparation)
            throws IOException {
        var where = new RunDirectory(directory);
        DirectoryLock lock = where.lock(Storage.DISK);
        try {
            where.begin(origin);
            return assembled(where, lock, origin, origin.device(), weights, preparation);
        } catch (IOException | RuntimeException e) {
            // Another run's directory is not ours to clear.
            if (!(e instanceof RunDirectoryException)) {
                where.abandon();
            }
            where.deleteIfEmpty();
            lock.close();
            throw e;
        }
    }

    private static TaskPreparation.Prepared<TextTask> prepared(
            RunOrigin origin, RunSettings settings, TrainingData data) {
        try {
            RunSettings resolved = settings.forVocabulary(data.vocabularySize());
            data.requireBlock(origin.source(), resolved.train().blockSize());
            resolved.train().requireObjective(resolved.model());
            return new TaskPreparation.Prepared<>(new TextTask(data), resolved);
        } catch (RuntimeException e) {
            data.close();
            throw e;
        }
    }

    /// Prepares the data of a run that is not begun, for several runs to share.
    ///
    /// @param folder for tokens, where the run's data is not tokens already
    public static TrainingData prepare(Path folder, NewRun run, DataChoice.Progress progress)
            throws IOException {
        progress.source(run.source());
        return open(folder, run, progress, PartEncoder.ALONE);
    }

    private static TrainingData open(
            Path folder, NewRun run, DataChoice.Progress progress, PartEncoder encoder)
            throws IOException {
        boolean validates = run.order().validates();
        DataChoice given = run.data();
        if (given != null && given.isTokens()) {
            return given.openTokens(validates);
        }
        if (given != null) {
            TokenizerChoice tokenizer =
                    given.tokenizer() == null
                            ? new TokenizerChoice.Characters()
                            : given.tokenizer();
            TokenizerChoice made = forObjective(tokenizer, run.settings());
            return new DataChoice(given.path(), made, given.documents())
                    .prepare(folder, validates, progress, encoder);
        }
        TokenizerChoice tokenizer = run.tokenizer() == null ? OwnText.TOKENIZER : run.tokenizer();
        // Characters have no token between documents, and its name is no text to learn.
        boolean separated = !(tokenizer instanceof TokenizerChoice.Characters);
        String separator = separated ? Tokenizer.END_OF_TEXT : "";
        Documents documents = separated ? new Documents.Separated(separator) : Documents.ONE;
        TokenizerChoice made = forObjective(tokenizer, run.settings());
        return new DataChoice(OwnText.write(folder, separator), made, documents)
                .prepare(folder, validates, progress, encoder);
    }

    /// A tokenizer that is made for masked tokens has a token for them.
    private static TokenizerChoice forObjective(TokenizerChoice tokenizer, RunSettings settings) {
        return settings.train().objective() == ModelObjective.MLM
                ? tokenizer.with(TokenMasks.SPECIAL_TOKENS)
                : tokenizer;
    }

    private static <T extends TrainingTask> Run<T> assembled(
            RunDirectory directory,
            @Nullable DirectoryLock lock,
            RunOrigin origin,
            String device,
            @Nullable StoredModel weights,
            TaskPreparation<T> preparation)
            throws IOException {
        TaskPreparation.Prepared<T> prepared = preparation.prepare(directory);
        T task = prepared.task();
        try {
            return new Run<>(directory, lock, origin, prepared.settings(), task, device, weights);
        } catch (RuntimeException e) {
            task.close();
            throw e;
        }
    }

    /// Opens a run to go on from its last checkpoint, on the device and with the settings that it
    /// was begun with.
    ///
    /// @param directory of the run
    /// @throws IllegalArgumentException where it holds no run
    public static Run<TextTask> resume(Path directory) throws IOException {
        var where = new RunDirectory(directory);
        RunOrigin origin = RunOrigin.read(where);
        requireText(where, origin);
        return resume(where, where.readSettings(), origin.device());
    }

    /// As above, with settings of which only those may differ that a resumed run may change, such
    /// as `train.steps`, and on a device that may be another.
    ///
    /// @param device a backend's name, and behind a colon which of its devices
    /// @throws IllegalArgumentException where the directory holds no run
    public static Run<TextTask> resume(RunDirectory directory, RunSettings settings, String device)
            throws IOException {
        RunOrigin origin = RunOrigin.read(directory);
        requireText(directory, origin);
        return resume(
                directory, device, where -> prepared(origin, settings, reopen(where, origin)));
    }

    /// Opens a run for any task to go on from its last checkpoint.
    ///
    /// @param device a backend's name, and behind a colon which of its devices
    /// @throws IllegalArgumentException where the directory holds no run
    public static <T extends TrainingTask> Run<T> resume(
            RunDirectory directory, String device, TaskPreparation<T> preparation)
            throws IOException {
        DirectoryLock lock = directory.lock(Storage.DISK);
        try {
            return resumed(directory, lock, device, preparation);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static <T extends TrainingTask> Run<T> resumed(
            RunDirectory directory,
            @Nullable DirectoryLock lock,
            String device,
            TaskPreparation<T> preparation)
            throws IOException {
        RunOrigin origin = RunOrigin.read(directory);
        Run<T> run = assembled(directory, lock, origin, device, null, preparation);
        String base = origin.initFrom();
        if (run.settings().lora().asked() && base != null) {
            run.trainer().startFrom(StoredModel.open(Path.of(base)));
        }
        run.trainer().resume();
        if (origin.initFrom() == null) {
            run.trainer().restarting();
        }
        return run;
    }

    /// Opens a run that another process has begun by [#begin], to train it together with that
    /// process ([Trainer#communicator]). The directory stays that process's.
    public static Run<TextTask> join(Path directory, NewRun run) throws IOException {
        RunOrigin origin = run.origin();
        return join(
                new RunDirectory(directory),
                origin,
                run.weights(),
                where -> prepared(origin, run.settings(), reopen(where, origin)));
    }

    /// As above, for any task.
    ///
    /// @param weights to start from, null for random ones
    /// @param preparation of what lies in the run's directory
    public static <T extends TrainingTask> Run<T> join(
            RunDirectory directory,
            RunOrigin origin,
            @Nullable StoredModel weights,
            TaskPreparation<T> preparation)
            throws IOException {
        return assembled(directory, null, origin, origin.device(), weights, preparation);
    }

    /// Opens a run that another process has resumed, to train it together with that process.
    ///
    /// @param device a backend's name, and behind a colon which of its devices
    public static Run<TextTask> joinResumed(
            RunDirectory directory, RunSettings settings, String device) throws IOException {
        RunOrigin origin = RunOrigin.read(directory);
        return joinResumed(
                directory, device, where -> prepared(origin, settings, reopen(where, origin)));
    }

    /// As above, for any task.
    public static <T extends TrainingTask> Run<T> joinResumed(
            RunDirectory directory, String device, TaskPreparation<T> preparation)
            throws IOException {
        return resumed(directory, null, device, preparation);
    }

    private static void requireText(RunDirectory directory, RunOrigin origin) {
        if (origin.task() != null) {
            throw new IllegalArgumentException(
                    "%s was begun for the task %s, not to learn a text; resume it as fine-tuning"
                            .formatted(directory.path(), origin.task()));
        }
    }

    private static TrainingData reopen(RunDirectory directory, RunOrigin origin)
            throws IOException {
        String outside = origin.tokens();
        if (outside == null) {
            TrainingData own = TrainingData.prepared(directory.data());
            return origin.order().validates() ? own : own.trainingOnly();
        }
        String asked = origin.tokenizer();
        TokenizerChoice tokenizer = asked == null ? null : TokenizerChoice.parse(asked);
        return new DataChoice(Path.of(outside), tokenizer).openTokens(origin.order().validates());
    }
}
