package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.DirectoryLock;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.OwnText;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.data.TrainingData;
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
    public static Run begin(Path directory, NewRun run) throws IOException {
        return begin(directory, run, new DataChoice.Progress() {});
    }

    /// As above, and tells how far the preparation of the data is.
    public static Run begin(Path directory, NewRun run, DataChoice.Progress progress)
            throws IOException {
        var where = new RunDirectory(directory);
        RunOrigin origin = run.origin();
        DirectoryLock lock = where.lock();
        TrainingData data = null;
        try {
            where.begin(origin);
            progress.source(origin.source());
            data = open(where, run, progress);
            return assembled(where, lock, origin, run.settings(), data, run, run.device());
        } catch (IOException | RuntimeException e) {
            if (data != null) {
                data.close();
            }
            // Another run's directory is not ours to clear.
            if (!(e instanceof RunDirectoryException)) {
                where.abandon();
            }
            where.deleteIfEmpty();
            lock.close();
            throw e;
        }
    }

    private static TrainingData open(
            RunDirectory directory, NewRun run, DataChoice.Progress progress) throws IOException {
        boolean validates = run.order().validates();
        DataChoice given = run.data();
        if (given != null && given.isTokens()) {
            return given.openTokens(validates);
        }
        Path folder = directory.data();
        if (given != null) {
            return given.prepare(folder, validates, progress);
        }
        TokenizerChoice tokenizer = run.tokenizer() == null ? OwnText.TOKENIZER : run.tokenizer();
        return new DataChoice(OwnText.write(folder), tokenizer)
                .prepare(folder, validates, progress);
    }

    private static Run assembled(
            RunDirectory directory,
            DirectoryLock lock,
            RunOrigin origin,
            RunSettings settings,
            TrainingData data,
            @Nullable NewRun begun,
            String device) {
        RunSettings resolved = settings.forVocabulary(data.vocabularySize());
        data.requireBlock(origin.source(), resolved.train().blockSize());
        return new Run(
                directory,
                lock,
                origin,
                resolved,
                data,
                device,
                begun == null ? null : begun.weights());
    }

    /// Opens a run to go on from its last checkpoint, on the device and with the settings that it
    /// was begun with.
    ///
    /// @param directory of the run
    /// @throws IllegalArgumentException where it holds no run
    public static Run resume(Path directory) throws IOException {
        var where = new RunDirectory(directory);
        String device = RunOrigin.read(where).device();
        return resume(where, where.readSettings(), device);
    }

    /// As above, with settings of which only those may differ that a resumed run may change, such
    /// as `train.steps`, and on a device that may be another.
    ///
    /// @param device a backend's name, and behind a colon which of its devices
    /// @throws IllegalArgumentException where the directory holds no run
    public static Run resume(RunDirectory directory, RunSettings settings, String device)
            throws IOException {
        RunOrigin origin = RunOrigin.read(directory);
        DirectoryLock lock = directory.lock();
        TrainingData data = null;
        try {
            data = reopen(directory, origin);
            Run run = assembled(directory, lock, origin, settings, data, null, device);
            run.trainer().resume();
            if (origin.initFrom() == null) {
                run.trainer().restarting();
            }
            return run;
        } catch (IOException | RuntimeException e) {
            if (data != null) {
                data.close();
            }
            lock.close();
            throw e;
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
