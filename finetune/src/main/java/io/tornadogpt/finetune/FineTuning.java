package io.tornadogpt.finetune;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.chat.ModelTemplates;
import io.tornadogpt.core.files.GgufFile;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.finetune.data.RowFile;
import io.tornadogpt.finetune.data.TemplateFiles;
import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.finetune.reward.Rewards;
import io.tornadogpt.finetune.task.ClassifyTask;
import io.tornadogpt.finetune.task.RowTask;
import io.tornadogpt.finetune.task.TaskReader;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.RunOrigin;
import io.tornadogpt.trainer.run.Runs;
import io.tornadogpt.trainer.run.TaskPreparation;
import io.tornadogpt.trainer.run.TaskPreparation.Prepared;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Begins fine-tuning and resumes it. A run keeps its rows, its tokenizer and its templates in its
/// own directory, so that it needs nothing else to go on.
///
/// ```
/// var model = StoredModel.open(Path.of("models/small"));
/// var begun = NewFineTuning.of(Goal.SFT, model, Path.of("rows.jsonl"));
/// TrainingResult result = FineTuning.begin(Path.of("runs/answers"), begun).train();
/// TrainingResult further = FineTuning.resume(Path.of("runs/answers")).train();
/// ```
public final class FineTuning {
    private static final String ROWS = "rows";
    private static final String VALIDATION = "validation";
    private static final int MOST_WARMUP = 100;
    private static final int EVALUATIONS = 10;

    /// How much larger the steps of an adapter are than those of the model itself.
    private static final int ADAPTER_RATE = 10;

    private FineTuning() {}

    /// Begins a run.
    ///
    /// @param directory made if need be; it must hold nothing
    public static Run<RowTask> begin(Path directory, NewFineTuning begun) throws IOException {
        return Runs.begin(
                directory,
                begun.origin(),
                begun.model(),
                run -> {
                    Path folder = Files.createDirectories(run.data());
                    keepTokenizer(begun.model(), folder);
                    Path rows = keep(begun.data(), folder, ROWS);
                    Path other = begun.validation();
                    Path validation = other == null ? null : keep(other, folder, VALIDATION);
                    Manifest.of(folder).write(folder);
                    var files = new RowFiles(begun.data(), other, rows, validation);
                    return prepared(
                            begun.goal(),
                            begun.settings(),
                            begun.following(),
                            begun.seed(),
                            begun.rewards(),
                            folder,
                            files);
                });
    }

    /// Opens a run to go on from its last checkpoint, on the device and with the settings that it
    /// was begun with.
    ///
    /// @param directory of the run
    /// @throws IllegalArgumentException where it holds no run of fine-tuning
    /// @throws io.tornadogpt.core.files.ModelFileException where a file that the run keeps of its
    ///   rows, its tokenizer or its templates is not as it was saved
    public static Run<RowTask> resume(Path directory) throws IOException {
        return resume(directory, List.of());
    }

    /// As above, with the rewards that the run was begun with.
    ///
    /// @param rewards beside those that are built in
    public static Run<RowTask> resume(Path directory, List<Reward> rewards) throws IOException {
        var where = new RunDirectory(directory);
        return resume(where, readSettings(where), RunOrigin.read(where).device(), rewards);
    }

    /// As above, with settings of which only those may differ that a resumed run may change, and on
    /// a device that may be another.
    public static Run<RowTask> resume(RunDirectory directory, RunSettings settings, String device)
            throws IOException {
        return resume(directory, settings, device, List.of());
    }

    private static Run<RowTask> resume(
            RunDirectory directory, RunSettings settings, String device, List<Reward> rewards)
            throws IOException {
        return Runs.resume(directory, device, kept(directory, settings, rewards));
    }

    /// Opens a run that another process has begun by [#begin], to train it together with that
    /// process. The directory stays that process's.
    public static Run<RowTask> join(Path directory, NewFineTuning begun) throws IOException {
        return Runs.join(
                new RunDirectory(directory),
                begun.origin(),
                begun.model(),
                run -> {
                    Path folder = run.data();
                    Manifest.verifyDataIn(folder);
                    Path rows = kept(folder, ROWS).orElse(folder.resolve(ROWS));
                    Path validation = kept(folder, VALIDATION).orElse(null);
                    var files = new RowFiles(begun.data(), begun.validation(), rows, validation);
                    return prepared(
                            begun.goal(),
                            begun.settings(),
                            begun.following(),
                            begun.seed(),
                            begun.rewards(),
                            folder,
                            files);
                });
    }

    /// Opens a run that another process has resumed, to train it together with that process.
    public static Run<RowTask> joinResumed(
            RunDirectory directory, RunSettings settings, String device) throws IOException {
        return Runs.joinResumed(directory, device, kept(directory, settings, List.of()));
    }

    /// Of what the run keeps in its directory.
    private static TaskPreparation<RowTask> kept(
            RunDirectory directory, RunSettings settings, List<Reward> rewards) throws IOException {
        Goal goal = goal(directory);
        long seed = RunOrigin.read(directory).seed();
        return run -> {
            Path folder = run.data();
            Manifest.verifyDataIn(folder);
            Path rows = kept(folder, ROWS).orElse(folder.resolve(ROWS));
            Path validation = kept(folder, VALIDATION).orElse(null);
            var files = new RowFiles(rows, validation, rows, validation);
            return prepared(goal, settings, Set.of(), seed, rewards, folder, files);
        };
    }

    /// The settings that a run of fine-tuning was begun with.
    ///
    /// @throws IllegalArgumentException where the directory holds no such run
    public static RunSettings readSettings(RunDirectory directory) throws IOException {
        return directory.readSettings(NewFineTuning.groups(goal(directory)));
    }

    /// What a run trains for.
    ///
    /// @throws IllegalArgumentException where the directory holds no run of fine-tuning
    public static Goal goal(RunDirectory directory) throws IOException {
        String task = RunOrigin.read(directory).task();
        if (task == null) {
            throw new IllegalArgumentException(
                    "%s holds a run that learns a text, not one of fine-tuning; resume it as such"
                            .formatted(directory.path()));
        }
        return Goal.named(task);
    }

    /// Files of rows as users know them, and the run's copies.
    private record RowFiles(Path data, @Nullable Path other, Path copy, @Nullable Path otherCopy) {
        Map<String, String> identity() throws IOException {
            var identity = new TreeMap<String, String>();
            identity.put(ROWS, Sha256.of(copy).hex());
            if (otherCopy != null) {
                identity.put(VALIDATION, Sha256.of(otherCopy).hex());
            }
            return identity;
        }
    }

    private static Prepared<RowTask> prepared(
            Goal goal,
            RunSettings settings,
            Set<String> following,
            long seed,
            List<Reward> rewards,
            Path folder,
            RowFiles files)
            throws IOException {
        var reader =
                new TaskReader(
                        Tokenizer.load(folder),
                        ModelTemplates.of(folder),
                        settings.group(DataSettings.GROUP, DataSettings.class),
                        settings.train().blockSize(),
                        seed,
                        files.identity());
        RowTask task =
                switch (goal) {
                    case SFT ->
                            reader.sft(
                                    settings.group(SftSettings.GROUP, SftSettings.class),
                                    files.data,
                                    files.other);
                    case CLASSIFY ->
                            reader.classify(
                                    settings.group(ClassifySettings.GROUP, ClassifySettings.class),
                                    settings.model(),
                                    files.data,
                                    files.other);
                    case DPO ->
                            reader.dpo(
                                    settings.group(DpoSettings.GROUP, DpoSettings.class),
                                    files.data,
                                    files.other);
                    case GRPO -> {
                        var grpo = settings.group(GrpoSettings.GROUP, GrpoSettings.class);
                        yield reader.grpo(
                                grpo,
                                Rewards.of(grpo, rewards),
                                settings.train(),
                                files.data,
                                files.other);
                    }
                };
        return new Prepared<>(task, resolved(goal, settings, following, task));
    }

    /// Settings with what follows from the rows.
    private static RunSettings resolved(
            Goal goal, RunSettings settings, Set<String> following, RowTask task) {
        ModelConfig model = settings.model();
        RunSettings resolved =
                task instanceof ClassifyTask classify
                        ? new RunSettings(
                                labeled(model, classify.labels()),
                                settings.train(),
                                true,
                                settings.groups())
                        : settings;
        TrainConfig train = resolved.train();
        var assignments = new ArrayList<String>();
        int steps = train.steps();
        if (following.contains("train.steps")) {
            double epochs = settings.group(DataSettings.GROUP, DataSettings.class).epochs();
            steps = (int) Math.max(1, Math.round(epochs * task.stepsOfEpoch(train)));
            assignments.add("steps=" + steps);
        }
        if (following.contains("train.warmupSteps")) {
            assignments.add("warmupSteps=" + Math.min(MOST_WARMUP, steps / 10));
        }
        if (following.contains("train.evalInterval")) {
            assignments.add("evalInterval=" + Math.max(1, steps / EVALUATIONS));
        }
        if (following.contains("train.learningRate")) {
            double rate = goal.learningRate() * (settings.lora().asked() ? ADAPTER_RATE : 1);
            assignments.add("learningRate=" + rate);
        }
        return resolved.with(train.with(assignments.toArray(String[]::new)));
    }

    /// A model with a head for labels. `transformers` looks for the last token that is no padding,
    /// so it has to know which token that is; the one that ends texts is usual.
    private static ModelConfig labeled(ModelConfig model, Task.Labels labels) {
        var tokens = new TreeMap<String, JsonNode>(model.specialTokens());
        JsonNode end = tokens.get("eos_token_id");
        if (end != null && model.architecture().attention().causal()) {
            tokens.putIfAbsent("pad_token_id", end.isArray() ? end.get(0) : end);
        }
        return model.with(labels).withSpecialTokens(tokens);
    }

    private static void keepTokenizer(StoredModel model, Path folder) throws IOException {
        Path path = model.path().toAbsolutePath().normalize();
        Path parent = path.getParent();
        boolean own = Files.isDirectory(path) || GgufFile.is(path);
        Path from = own || parent == null ? path : parent;
        if (!Tokenizer.isIn(from)) {
            throw new IllegalArgumentException(
                    "%s has no tokenizer, so rows cannot become tokens; copy the tokenizer's files beside the model"
                            .formatted(model.path()));
        }
        Tokenizer.load(from).save(folder);
        TemplateFiles.write(ModelTemplates.of(from).sources(), folder);
    }

    /// Copies a file of rows, if it is one.
    private static Path keep(Path file, Path folder, String name) throws IOException {
        Path copy = folder.resolve(name + "." + RowFile.extension(file));
        RowFile.requireKnown(file);
        Files.copy(file, copy);
        return copy;
    }

    private static Optional<Path> kept(Path folder, String name) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(name + ".")).findFirst();
        }
    }
}
