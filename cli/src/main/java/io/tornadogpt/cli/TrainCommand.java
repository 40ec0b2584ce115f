package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.DivergedException;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.report.Report;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.RunDirectoryException;
import io.tornadogpt.trainer.run.RunOrigin;
import io.tornadogpt.trainer.run.Runs;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.run.TrainingResult;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/// Trains a model, or goes on with a run.
@Command(
        name = "train",
        description = {
            "Trains a model. Without options: a small one, on the Java sources of the JDK that"
                    + " runs, in about three minutes.",
            ""
        },
        sortOptions = false)
final class TrainCommand extends GptCommand {
    @Option(
            names = "--data",
            paramLabel = "PATH",
            description =
                    "A text file, a folder of text files, a token file (.bin), or a folder from"
                            + " `data prepare`.")
    private @Nullable Path data;

    @Option(
            names = "--tokenizer",
            paramLabel = "T",
            description =
                    "char: a token for each character (default where --data is given); bpe:N:"
                            + " byte-level BPE with N tokens, made from the data; gpt2: GPT-2's;"
                            + " or the path of one.")
    private @Nullable String tokenizer;

    @Mixin private ModelOptions model = new ModelOptions();
    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of weights, batches and dropout (default: 1337).")
    private @Nullable Long seed;

    @Option(
            names = "--order",
            paramLabel = "ORDER",
            converter = OrderName.class,
            description =
                    "random (default): rows from random places; sequential: the tokens one after"
                        + " the other, none of them kept for validation. Micro-batch k, counted"
                        + " from 0 over all steps, is then the B x T tokens from token k x B x T"
                        + " on, row after row; its targets are those one token further. It begins"
                        + " again where no whole micro-batch is left.")
    private @Nullable Order order;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where to write (default: runs/NAME-DATE-TIME).")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description =
                    "Go on with the run in this directory; every option that you leave out is as"
                            + " the run was begun with.")
    private @Nullable Path resume;

    @Option(
            names = "--init-from",
            paramLabel = "DIR",
            description =
                    "Start from the weights (and tokenizer) of this model directory, run, or"
                            + " checkpoint of llm.c; train.learningRate is then 1e-4 unless it is"
                            + " set.")
    private @Nullable Path initFrom;

    @Override
    int run(Screen screen) throws IOException {
        return resume == null ? start(screen) : resume(screen, new RunDirectory(resume));
    }

    /// Reads the value of `--order`.
    static final class OrderName implements ITypeConverter<Order> {
        @Override
        public Order convert(String value) {
            return switch (value) {
                case "random" -> Order.RANDOM;
                case "sequential" -> Order.SEQUENTIAL;
                default ->
                        throw new TypeConversionException(
                                "%s is neither random nor sequential"
                                        .formatted(BadFileException.quote(value)));
            };
        }
    }

    private int start(Screen screen) throws IOException {
        NewRun begun = newRun();
        Path directory = out == null ? RunDirectory.unused(Path.of("runs"), name()).path() : out;
        var report =
                new DataReport(screen) {
                    @Override
                    public void source(String description) {
                        screen.line(screen.bold("TornadoGPT") + " trains a model");
                        screen.line("");
                        screen.entry("data", "%s", description);
                    }
                };
        try (Run run = Runs.begin(directory, begun, report)) {
            if (run.origin().tokens() != null) {
                report.tokenizer(run.data().tokenizer());
            }
            report.tokens(run.data());
            return train(screen, run, begun.device());
        } catch (RunDirectoryException e) {
            throw new IllegalArgumentException(e.getMessage() + hint(e), e);
        }
    }

    /// What to type where a directory cannot be taken.
    private static String hint(RunDirectoryException e) {
        return e.holdsRun()
                ? " (--out DIR, or --resume %s)".formatted(quoted(e.directory()))
                : " (--out DIR)";
    }

    /// What the options ask for; what cannot be is refused here, before anything is made.
    private NewRun newRun() throws IOException {
        ModelArgument initial = initFrom == null ? null : ModelArgument.open(initFrom);
        RunSettings base = RunSettings.of(Preset.DEFAULT);
        if (initial != null) {
            refuseArchitecture();
            base = base.continuing(initial.stored().config());
        }
        RunSettings settings = model.resolve(base);
        if (initial != null) {
            settings.requireModel(initial.stored().config());
        }
        String named = device.name(null);
        DeviceOptions.named(named); // refused now, or taken
        NewRun run = withData(NewRun.of(settings).withDevice(named), initial);
        if (initial != null) {
            run = run.startingFrom(initial.stored());
        }
        if (seed != null) {
            run = run.withSeed(seed);
        }
        return order == null ? run : run.withOrder(order);
    }

    private NewRun withData(NewRun run, @Nullable ModelArgument initial) throws IOException {
        TokenizerChoice choice = tokenizerChoice(initial);
        if (data != null && tokenizer == null && TrainingData.isPrepared(data)) {
            return run.with(new DataChoice(data, null)); // such a folder has a tokenizer of its own
        }
        if (data != null) {
            return run.with(new DataChoice(data, choice));
        }
        return choice == null ? run : run.onOwnText(choice);
    }

    /// With --init-from, the model's shape is not a matter of choice.
    private void refuseArchitecture() {
        if (model.preset() != null) {
            throw new IllegalArgumentException(
                    "--preset makes a new model, --init-from takes an old one; leave one of them"
                            + " out, and set train.* with --set");
        }
    }

    private @Nullable TokenizerChoice tokenizerChoice(@Nullable ModelArgument initial)
            throws IOException {
        if (tokenizer != null) {
            return TokenizerChoice.parse(tokenizer);
        }
        return initial == null || initial.tokenizer() == null
                ? null
                : new TokenizerChoice.Stored(initial.tokenizerPath());
    }

    private static @Nullable String absolute(@Nullable Path path) {
        return path == null ? null : path.toAbsolutePath().normalize().toString();
    }

    /// What a run is called that has no other directory: after the data, or the preset.
    private String name() {
        Preset preset = model.preset();
        return data == null ? (preset == null ? Preset.DEFAULT : preset).name() : stem(data);
    }

    private static String stem(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        String name = last == null ? "data" : last.toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private int resume(Screen screen, RunDirectory directory) throws IOException {
        RunOrigin origin = RunOrigin.read(directory);
        requireSame(directory, origin);
        RunSettings settings = model.resolve(directory.readSettings());
        String named = device.resumed(directory.path(), origin.device());
        screen.line(screen.bold("TornadoGPT") + " goes on with " + directory.path());
        screen.line("");
        screen.entry("data", "%s", origin.source());
        try (Run run = Runs.resume(directory, settings, named)) {
            var report = new DataReport(screen);
            report.tokenizer(run.data().tokenizer());
            report.tokens(run.data());
            return train(screen, run, named);
        }
    }

    /// Checks what was said again on resuming: it must be as the run was begun.
    private void requireSame(RunDirectory run, RunOrigin origin) {
        requireSame(run, "--data", absolute(data), origin.source());
        if (tokenizer != null && !tokenizer.equals(origin.tokenizer())) {
            String asked = TokenizerChoice.parse(tokenizer).toString();
            requireSame(run, "--tokenizer", asked, origin.tokenizer());
        }
        requireSame(run, "--seed", seed, origin.seed());
        requireSame(run, "--order", order, origin.order());
        requireSame(run, "--out", absolute(out), absolute(run.path()));
        requireSame(run, "--init-from", absolute(initFrom), origin.initFrom());
    }

    private static void requireSame(
            RunDirectory run, String option, @Nullable Object given, @Nullable Object recorded) {
        if (given != null && !given.equals(recorded)) {
            throw new IllegalArgumentException(
                    "%s was begun with %s %s, not %s; leave %s out, or start a new run"
                            .formatted(
                                    run.path(),
                                    option,
                                    recorded == null
                                            ? "left out"
                                            : BadFileException.quote(recorded.toString()),
                                    BadFileException.quote(given.toString()),
                                    option));
        }
    }

    private int train(Screen screen, Run run, String named) throws IOException {
        TrainConfig config = run.settings().train();
        Backend backend = Backends.named(named);
        var stopping = new AtomicBoolean();
        var report = new TrainingReport(screen, config);
        Trainer trainer = run.trainer().threads(device.threads()).listener(report);
        TrainingSample sample = sample(screen, run, stopping::get);
        if (sample != null) {
            trainer.samples(sample);
        }
        describe(screen, run, backend, backend.plan(trainer.programs()).bytes());
        TrainingResult result;
        int exitCode;
        Runnable stop =
                () -> {
                    stopping.set(true);
                    trainer.stop();
                    screen.warning(
                            "stopping after this micro-batch and saving; press Ctrl-C again to"
                                    + " end at once without saving");
                };
        try (var signals = new StopSignals(stop)) {
            result = trainer.run();
            exitCode = signals.exitCode();
        } catch (DivergedException e) {
            writeReport(screen, run.directory());
            throw e;
        }
        if (!result.finished()) {
            sayStopped(screen, named, result, config);
            writeReport(screen, run.directory());
            return exitCode;
        }
        sayFinished(screen, result, report);
        if (sample != null) {
            screen.rule("what it writes now");
            sample.show(result.model(), backend, new ExecutionOptions(device.threads()));
            screen.rule("");
        }
        screen.entry("model", "%s", result.model());
        writeReport(screen, run.directory());
        sayWhatNext(screen, named, result);
        return 0;
    }

    /// Writes the run's page. What keeps it from being written takes nothing from the run.
    private static void writeReport(Screen screen, RunDirectory run) {
        try {
            Report.of(run).write(run.report());
            screen.entry("report", "%s", run.report());
        } catch (IOException | IllegalArgumentException e) {
            screen.warning("there is no report of this run: " + Failure.of(e).message());
        }
    }

    private static @Nullable TrainingSample sample(
            Screen screen, Run run, BooleanSupplier stopping) {
        Tokenizer tokenizer = run.data().tokenizer();
        return tokenizer == null
                ? null
                : new TrainingSample(
                        screen,
                        run.settings().sessionModel(),
                        tokenizer,
                        run.data(),
                        run.origin().seed(),
                        run.settings().train().steps(),
                        stopping);
    }

    private static void describe(Screen screen, Run run, Backend backend, long plannedBytes) {
        RunSettings settings = run.settings();
        TrainConfig train = settings.train();
        screen.entry(
                "model",
                "%s parameters: %s",
                Show.rounded((double) settings.sessionModel().parameterCount()),
                Show.architecture(settings.model()));
        screen.entry("device", "%s (%s)", backend.name(), backend.description());
        screen.entry(
                "memory",
                "%s planned, %s available",
                MemoryBudget.format(plannedBytes),
                MemoryBudget.format(MemoryBudget.available()));
        screen.entry(
                "steps",
                "%s of %s tokens, seed %d",
                Show.count(train.steps()),
                Show.count(train.tokensPerStep()),
                run.origin().seed());
        screen.wrapped("settings", flat(settings.flat()));
        screen.entry("output", "%s", run.directory().path());
        screen.line("");
    }

    private static List<String> flat(Settings settings) {
        var all = new ArrayList<String>();
        for (String key : settings.keys()) {
            String value = settings.value(key).toString().toLowerCase(Locale.ROOT);
            all.add(key + "=" + value.replace(".0e", "e"));
        }
        return all;
    }

    private static void sayStopped(
            Screen screen, String device, TrainingResult result, TrainConfig config) {
        screen.line("");
        screen.entry("stopped", "after step %d of %d; saved", result.steps(), config.steps());
        screen.entry("go on", "%s", resuming(device, result));
    }

    private static void sayFinished(Screen screen, TrainingResult result, TrainingReport report) {
        String best =
                result.bestValidationLoss().isPresent()
                        ? ", best validation loss %.4f"
                                .formatted(result.bestValidationLoss().getAsDouble())
                        : "";
        String sentence =
                "%d steps in %s%s".formatted(result.steps(), Show.duration(report.seconds()), best);
        screen.line("");
        screen.entry("done", "%s", screen.bold(sentence));
    }

    private static String resuming(String device, TrainingResult result) {
        return "%s train --resume %s%s"
                .formatted(
                        Gpt.COMMAND,
                        quoted(result.directory().path()),
                        DeviceOptions.added(device));
    }

    private static void sayWhatNext(Screen screen, String device, TrainingResult result) {
        String directory = quoted(result.directory().path());
        screen.entry("try", "%s sample --model %s", Gpt.COMMAND, directory);
        screen.entry("", "%s eval --model %s --data FILE", Gpt.COMMAND, directory);
        screen.entry("", "%s --steps %d", resuming(device, result), 2L * result.steps());
    }

    /// A path as a shell takes it.
    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[\\w./+:@%,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
