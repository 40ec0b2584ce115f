package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.FineTuning;
import io.tornadogpt.finetune.FineTuningPreset;
import io.tornadogpt.finetune.Goal;
import io.tornadogpt.finetune.NewFineTuning;
import io.tornadogpt.finetune.task.ClassifyTask;
import io.tornadogpt.finetune.task.ConfusionMatrix;
import io.tornadogpt.finetune.task.RowTask;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.report.ResultTable;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.RunDirectoryException;
import io.tornadogpt.trainer.run.RunOrigin;
import io.tornadogpt.trainer.run.TrainingResult;
import io.tornadogpt.trainer.settings.RunSettings;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Fine-tunes a model, or goes on with a run of fine-tuning.
@Command(
        name = "finetune",
        description = {
            "Fine-tunes a model on rows of a file: instructions (sft), labels (classify),"
                    + " preferred answers (dpo) or prompts whose answers are rewarded (grpo).",
            ""
        },
        sortOptions = false)
final class FinetuneCommand extends GptCommand {
    private static final int ANSWERS = 3;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description =
                    "sft: learn answers to instructions; classify: learn labels of texts; dpo:"
                            + " learn which answers people prefer; grpo: learn from rewards of the"
                            + " model's own answers.")
    private @Nullable String task;

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description =
                    "Settings for a task that belong together, which --config and --set change:"
                            + " ${COMPLETION-CANDIDATES}.",
            completionCandidates = PresetNames.class)
    private @Nullable String preset;

    @Option(
            names = "--init-from",
            paramLabel = "DIR",
            description = "Start from this model directory, with its tokenizer, or this run.")
    private @Nullable Path initFrom;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "Rows to train on: .json, .jsonl, .csv or .tsv.")
    private @Nullable Path data;

    @Option(
            names = "--eval-data",
            paramLabel = "FILE",
            description =
                    "Rows to validate on (default: a tenth of the data, by the seed;"
                            + " data.validation is its share).")
    private @Nullable Path evalData;

    @Option(
            names = "--lora",
            description =
                    "Train a low-rank adapter, with lora.rank 16 and lora.alpha 32 unless they are"
                            + " set; it is written to adapter/ in the run's directory.")
    private boolean lora;

    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            description =
                    "Short for --set data.textColumn=NAME: which column holds the text to classify;"
                            + " a number from 1 where columns have no names.")
    private @Nullable String textColumn;

    @Option(
            names = "--label-column",
            paramLabel = "NAME",
            description = "Short for --set data.labelColumn=NAME: which column holds the label.")
    private @Nullable String labelColumn;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings from a JSON file, such as a run's settings.json.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "One setting of train.*, data.* or the task, such as train.learningRate=1e-4 or"
                            + " data.epochs=2; may be repeated.")
    private List<String> set = new ArrayList<>();

    @Option(names = "--steps", paramLabel = "N", description = "Short for --set train.steps=N.")
    private @Nullable Integer steps;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the split, the order of rows, new weights and dropout.")
    private @Nullable Long seed;

    @Option(
            names = "--order",
            paramLabel = "ORDER",
            converter = TrainCommand.OrderName.class,
            description = "random (default), or sequential: rows in the order of the file.")
    private @Nullable Order order;

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where to write (default: runs/TASK-DATE-TIME).")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description =
                    "Resume the run in this directory. It keeps the data, settings and device that"
                            + " it was started with.")
    private @Nullable Path resume;

    /// Names of presets for the help text.
    static final class PresetNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        PresetNames() {
            FineTuningPreset.all().forEach(preset -> add(preset.name()));
        }
    }

    @Override
    int run(Screen screen) throws IOException {
        Path resumed = resume;
        return together(
                screen,
                team -> resumed == null ? start(team) : resume(team, new RunDirectory(resumed)));
    }

    private List<String> assignments() {
        var all = new ArrayList<String>();
        if (lora) {
            all.addAll(List.of("lora.rank=16", "lora.alpha=32"));
        }
        all.addAll(set);
        if (steps != null) {
            all.add("train.steps=" + steps);
        }
        if (textColumn != null) {
            all.add("data.textColumn=" + textColumn);
        }
        if (labelColumn != null) {
            all.add("data.labelColumn=" + labelColumn);
        }
        return all;
    }

    private static <T> T required(String option, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(
                    "%s is missing; give --task, --init-from and --data, or --resume with the directory of a run"
                            .formatted(option));
        }
        return value;
    }

    /// What the options ask for; what cannot be is refused here, before anything is made.
    private NewFineTuning newRun() throws IOException {
        FineTuningPreset chosen = preset == null ? null : FineTuningPreset.named(preset);
        Goal goal = goal(chosen);
        ModelArgument model = ModelArgument.open(required("--init-from", initFrom));
        Path rows = required("--data", data);
        model.requireTokenizer();
        String named = device.name(null);
        DeviceOptions.named(named); // refused now, or taken
        NewFineTuning begun =
                NewFineTuning.of(goal, model.stored(), rows)
                        .with(null, chosen == null ? List.of() : chosen.settings())
                        .with(config, assignments())
                        .withDevice(named);
        if (evalData != null) {
            begun = begun.validatingOn(evalData);
        }
        if (seed != null) {
            begun = begun.withSeed(seed);
        }
        return order == null ? begun : begun.withOrder(order);
    }

    /// The task, which a preset may tell too.
    private Goal goal(@Nullable FineTuningPreset chosen) {
        if (chosen == null) {
            return Goal.named(required("--task", task));
        }
        if (task != null && Goal.named(task) != chosen.goal()) {
            throw new IllegalArgumentException(
                    "--task is %s, but the preset %s is for %s; leave out one of them"
                            .formatted(task, chosen.name(), chosen.goal()));
        }
        return chosen.goal();
    }

    private int start(Team team) throws IOException {
        Screen screen = team.screen();
        NewFineTuning asked = team.all(this::newRun);
        NewFineTuning begun = asked.with(team.begun(asked.settings().train()));
        Goal goal = begun.goal();
        team.requireSame(
                Map.of(
                        "task", goal.toString(),
                        "data", begun.data().toString(),
                        "data to validate on", String.valueOf(begun.validation()),
                        "model to start from", String.valueOf(TrainCommand.absolute(initFrom))));
        Path directory =
                team.ofLeader(
                        out == null
                                ? RunDirectory.unused(Path.of("runs"), goal.toString()).path()
                                : out);
        screen.line(screen.bold("TornadoGPT") + " fine-tunes a model: " + goal);
        screen.line("");
        try (Run<RowTask> run =
                team.leaderFirst(
                        () -> FineTuning.begin(directory, begun),
                        () -> FineTuning.join(directory, begun))) {
            return train(team, run, begun.device());
        } catch (RunDirectoryException e) {
            throw new IllegalArgumentException(
                    e.getMessage()
                            + (e.holdsRun()
                                    ? " (--out DIR, or --resume %s)"
                                            .formatted(Show.quoted(e.directory()))
                                    : " (--out DIR)"),
                    e);
        }
    }

    private int resume(Team team, RunDirectory directory) throws IOException {
        Screen screen = team.screen();
        RunOrigin origin = team.all(() -> RunOrigin.read(directory));
        RunSettings read =
                team.all(
                        () -> {
                            requireSame(directory, origin);
                            return FineTuning.readSettings(directory).with(config, assignments());
                        });
        RunSettings settings = read.with(team.resumed(read.train()));
        String named = device.resumed(directory.path(), origin.device());
        screen.line(screen.bold("TornadoGPT") + " resumes " + directory.path());
        screen.line("");
        try (Run<RowTask> run =
                team.leaderFirst(
                        () -> FineTuning.resume(directory, settings, named),
                        () -> FineTuning.joinResumed(directory, settings, named))) {
            return train(team, run, named);
        }
    }

    /// Checks what was said again on resuming: it must be as the run was begun.
    private void requireSame(RunDirectory run, RunOrigin origin) {
        if (preset != null) {
            throw new IllegalArgumentException(
                    "--preset is for a new run, but --resume names %s, which has its settings; leave it out"
                            .formatted(run.path()));
        }
        TrainCommand.requireSame(run, "--task", task, origin.task());
        TrainCommand.requireSame(
                run, "--init-from", TrainCommand.absolute(initFrom), origin.initFrom());
        TrainCommand.requireSame(run, "--data", TrainCommand.absolute(data), origin.source());
        TrainCommand.requireSame(
                run, "--eval-data", TrainCommand.absolute(evalData), origin.validation());
        TrainCommand.requireSame(run, "--seed", seed, origin.seed());
        TrainCommand.requireSame(run, "--order", order, origin.order());
        TrainCommand.requireSame(
                run, "--out", TrainCommand.absolute(out), TrainCommand.absolute(run.path()));
    }

    private int train(Team team, Run<RowTask> run, String named) throws IOException {
        Screen screen = team.screen();
        new RowsReport(screen, run).print();
        var session = new TrainingSession(team, run, device, named, "finetune");
        return session.train(
                stopping -> null,
                result -> results(screen, run, result, named),
                result -> next(screen, run, result, session.summary()));
    }

    /// Shows what a finished run's model does, and leaves it for the report.
    private void results(Screen screen, Run<RowTask> run, TrainingResult result, String named)
            throws IOException {
        var execution = new ExecutionOptions(device.threads());
        List<ResultTable> tables;
        if (run.task() instanceof ClassifyTask classify) {
            ConfusionMatrix matrix =
                    classify.measure(
                            StoredModel.open(result.model()),
                            run.settings().train(),
                            Backends.named(named),
                            execution);
            tables = matrix.tables();
        } else {
            String start = Objects.requireNonNull(run.origin().initFrom());
            tables =
                    new Answers(run.task(), Backends.named(named), execution)
                            .compare(Path.of(start), result.model(), ANSWERS);
        }
        for (ResultTable table : tables) {
            screen.line("");
            TableText.print(screen, table);
        }
        screen.line("");
        ResultTable.write(run.directory().results(), tables);
    }

    private static void next(
            Screen screen, Run<RowTask> run, TrainingResult result, TrainingSummary summary) {
        String directory = Show.quoted(result.directory().path());
        boolean labels = run.task() instanceof ClassifyTask;
        boolean talks = !run.task().source().templates().isEmpty();
        screen.entry(
                "try",
                labels
                        ? "%s classify --model %s --text TEXT"
                        : talks ? "%s chat --model %s" : "%s sample --model %s --prompt TEXT",
                Gpt.COMMAND,
                directory);
        summary.further(result);
    }
}
