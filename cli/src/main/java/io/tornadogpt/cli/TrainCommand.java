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
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/// Trains a model, or goes on with a run.
@Command(
        name = "train",
        description = {
            "Trains a model. Without options, it trains a small model on the Java sources of the"
                    + " JDK in about three minutes.",
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
                            + " byte-level BPE with N tokens, trained on the data; wordpiece:N,"
                            + " unigram:N, spbpe:N: other vocabularies trained on it; gpt2:"
                            + " GPT-2's; or the path of a tokenizer.")
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
                        + " the other, with none kept for validation. Micro-batch k, counted from 0"
                        + " over all steps, is then the B x T tokens that begin at token k x B x T,"
                        + " row after row, and each target is the next token. After the last whole"
                        + " micro-batch, reading starts again at the first token.")
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
                    "Resume the run in this directory. It keeps the data, settings and device that"
                            + " it was started with.")
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
                ? " (--out DIR, or --resume %s)".formatted(Show.quoted(e.directory()))
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
                    "--preset describes a new model, but --init-from names an existing one; use"
                            + " only one of them, and change train.* with --set");
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
        screen.line(screen.bold("TornadoGPT") + " resumes " + directory.path());
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
        var summary = new TrainingSummary(screen, run, named);
        summary.describe(backend, backend.plan(trainer.programs()).bytes());
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
            summary.writeReport();
            throw e;
        }
        if (!result.finished()) {
            summary.stopped(result);
            summary.writeReport();
            return exitCode;
        }
        summary.finished(result, report.seconds());
        if (sample != null) {
            screen.rule("what it writes now");
            sample.show(result.model(), backend, new ExecutionOptions(device.threads()));
            screen.rule("");
        }
        screen.entry("model", "%s", result.model());
        summary.writeReport();
        summary.next(result);
        return 0;
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
}
