package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.DataChoice;
import io.tornadogpt.trainer.DivergedException;
import io.tornadogpt.trainer.MemoryBudget;
import io.tornadogpt.trainer.Preset;
import io.tornadogpt.trainer.RunDirectory;
import io.tornadogpt.trainer.RunOrigin;
import io.tornadogpt.trainer.RunSettings;
import io.tornadogpt.trainer.Settings;
import io.tornadogpt.trainer.TokenizerChoice;
import io.tornadogpt.trainer.TrainConfig;
import io.tornadogpt.trainer.Trainer;
import io.tornadogpt.trainer.TrainingData;
import io.tornadogpt.trainer.TrainingResult;
import io.tornadogpt.trainer.data.JdkSources;
import io.tornadogpt.trainer.data.Stories;
import io.tornadogpt.trainer.report.Report;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

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
    private static final long DEFAULT_SEED = 1337;

    /// For the text that is trained on where none is given: in three minutes a model of pieces of
    /// words writes whole names and statements, one of characters is still learning to spell.
    private static final TokenizerChoice OWN_TOKENIZER = new TokenizerChoice.Bpe(1024);

    private static final int STORY_CHARACTERS = 1_000_000;
    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

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
    private Trainer.@Nullable Order order;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where to write (default: runs/NAME-DATE-TIME).")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description = "Go on with the run in this directory; nothing else has to be said.")
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
    static final class OrderName implements ITypeConverter<Trainer.Order> {
        @Override
        public Trainer.Order convert(String value) {
            return switch (value) {
                case "random" -> Trainer.Order.RANDOM;
                case "sequential" -> Trainer.Order.SEQUENTIAL;
                default ->
                        throw new TypeConversionException(
                                "%s is neither random nor sequential"
                                        .formatted(BadFileException.quote(value)));
            };
        }
    }

    /// A run, put together.
    ///
    /// @param device what this part of it is computed on
    private record Run(
            RunDirectory directory,
            RunOrigin origin,
            RunSettings settings,
            @Nullable StoredModel weights,
            String device,
            boolean resumed) {}

    private int start(Screen screen) throws IOException {
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
        Trainer.Order reading = order == null ? Trainer.Order.RANDOM : order;
        TokenizerChoice asked = tokenizerChoice(initial); // refused now, or taken
        DataChoice choice = data == null ? null : new DataChoice(data, asked);
        var directory = new RunDirectory(out == null ? unusedDirectory() : out);
        var origin =
                new RunOrigin(
                        seed == null ? DEFAULT_SEED : seed,
                        reading,
                        named,
                        choice == null ? ownText() : choice.path().toString(),
                        tokenizer,
                        choice != null && choice.isTokens() ? choice.path().toString() : null,
                        initFrom == null ? null : absolute(initFrom));
        directory.begin(origin);
        try {
            var run =
                    new Run(
                            directory,
                            origin,
                            settings,
                            initial == null ? null : initial.stored(),
                            named,
                            false);
            screen.line(screen.bold("TornadoGPT") + " trains a model");
            screen.line("");
            var report = new DataReport(screen);
            screen.entry("data", "%s", origin.source());
            try (TrainingData tokens = open(choice, initial, run, report)) {
                return train(screen, run, tokens);
            }
        } finally {
            directory.abandon();
        }
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

    private static String absolute(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }

    /// A directory that does not exist, named after the data or the preset and the time.
    private Path unusedDirectory() {
        Preset preset = model.preset();
        String name = data == null ? (preset == null ? Preset.DEFAULT : preset).name() : stem(data);
        String unique = name + "-" + LocalDateTime.now(ZoneId.systemDefault()).format(TIMESTAMP);
        Path path = Path.of("runs", unique);
        for (int i = 2; Files.exists(path); i++) {
            path = Path.of("runs", unique + "-" + i);
        }
        return path;
    }

    private static String stem(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        String name = last == null ? "data" : last.toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    /// What the run learns from where no data is given, in words.
    private static String ownText() {
        return JdkSources.find()
                .map(
                        sources ->
                                "the Java sources of this JDK: "
                                        + JdkSources.folders()
                                        + " from "
                                        + sources.archive())
                .orElse(
                        "stories made by a small generator, as this JDK has no lib/src.zip with"
                                + " Java sources");
    }

    private TrainingData open(
            @Nullable DataChoice given, @Nullable ModelArgument initial, Run run, DataReport report)
            throws IOException {
        boolean validates = run.origin.order() == Trainer.Order.RANDOM;
        TrainingData tokens;
        if (given != null && given.isTokens()) {
            tokens = given.openTokens(validates);
            report.tokenizer(tokens.tokenizer());
        } else {
            Path folder = run.directory.data();
            Path text = given == null ? writeOwnText(folder) : given.path();
            TokenizerChoice choice = tokenizerChoice(initial);
            if (given == null && choice == null) {
                choice = OWN_TOKENIZER;
            }
            tokens = new DataChoice(text, choice).prepare(folder, validates, report);
        }
        report.tokens(tokens);
        return tokens;
    }

    private static Path writeOwnText(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path text = folder.resolve("text.txt");
        Optional<JdkSources> sources = JdkSources.find();
        if (sources.isPresent()) {
            sources.get().writeTo(text);
        } else {
            new Stories(DEFAULT_SEED).writeTo(text, STORY_CHARACTERS);
        }
        return text;
    }

    private int resume(Screen screen, RunDirectory directory) throws IOException {
        RunOrigin origin = RunOrigin.read(directory);
        RunOrigin.requireSame(
                directory, "--data", data == null ? null : absolute(data), origin.source());
        RunOrigin.requireSame(directory, "--tokenizer", tokenizer, origin.tokenizer());
        RunOrigin.requireSame(directory, "--seed", seed, origin.seed());
        RunOrigin.requireSame(directory, "--order", order, origin.order());
        RunOrigin.requireSame(
                directory, "--out", out == null ? null : absolute(out), absolute(directory.path()));
        RunOrigin.requireSame(
                directory,
                "--init-from",
                initFrom == null ? null : absolute(initFrom),
                origin.initFrom());
        RunSettings settings = model.resolve(RunSettings.of(directory));
        String named = device.resumed(directory.path(), origin.device());
        screen.line(screen.bold("TornadoGPT") + " goes on with " + directory.path());
        screen.line("");
        screen.entry("data", "%s", origin.source());
        var run = new Run(directory, origin, settings, null, named, true);
        try (TrainingData tokens = reopen(run)) {
            var report = new DataReport(screen);
            report.tokenizer(tokens.tokenizer());
            report.tokens(tokens);
            return train(screen, run, tokens);
        }
    }

    private static TrainingData reopen(Run run) throws IOException {
        boolean validates = run.origin.order() == Trainer.Order.RANDOM;
        String outside = run.origin.tokens();
        if (outside == null) {
            return TrainingData.prepared(run.directory.data());
        }
        String asked = run.origin.tokenizer();
        TokenizerChoice choice = asked == null ? null : TokenizerChoice.parse(asked);
        return new DataChoice(Path.of(outside), choice).openTokens(validates);
    }

    private int train(Screen screen, Run run, TrainingData tokens) throws IOException {
        RunSettings settings = run.settings.forVocabulary(tokens.vocabularySize());
        TrainConfig config = settings.train();
        tokens.requireBlock(run.origin.source(), config.blockSize());
        tokens.requireVocabulary(settings.model().vocabulary());
        Backend backend = Backends.named(run.device);
        var stopping = new AtomicBoolean();
        Tokenizer known = tokens.tokenizer();
        long seedOfRun = run.origin.seed();
        Model gpt = settings.sessionModel();
        TrainingSample sample =
                known == null
                        ? null
                        : new TrainingSample(
                                screen,
                                gpt,
                                known,
                                tokens,
                                seedOfRun,
                                config.steps(),
                                stopping::get);
        var report = new TrainingReport(screen, config);
        var trainer =
                new Trainer(settings.model(), config, tokens, run.directory.path())
                        .device(run.device)
                        .threads(device.threads())
                        .seed(seedOfRun)
                        .order(run.origin.order())
                        .listener(report);
        if (sample != null) {
            trainer.samples(sample);
        }
        if (run.resumed) {
            trainer.resume();
        }
        if (run.weights != null) {
            trainer.startFrom(run.weights);
        }
        describe(screen, run, settings, gpt, backend, backend.plan(trainer.programs()).bytes());
        TrainingResult result;
        int exitCode;
        Runnable stop =
                () -> {
                    stopping.set(true);
                    trainer.stop();
                    screen.warning(
                            "stopping after this micro-batch, then saving; again ends it at once");
                };
        try (var signals = new StopSignals(stop)) {
            result = trainer.run();
            exitCode = signals.exitCode();
        } catch (DivergedException e) {
            writeReport(screen, run.directory);
            throw e;
        }
        if (!result.finished()) {
            sayStopped(screen, run, result, config);
            writeReport(screen, run.directory);
            return exitCode;
        }
        sayFinished(screen, result, report);
        if (sample != null) {
            screen.rule("what it writes now");
            sample.show(result.model(), backend, new ExecutionOptions(device.threads()));
            screen.rule("");
        }
        screen.entry("model", "%s", result.model());
        writeReport(screen, run.directory);
        sayWhatNext(screen, run, result);
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

    private static void describe(
            Screen screen,
            Run run,
            RunSettings settings,
            Model gpt,
            Backend backend,
            long plannedBytes) {
        TrainConfig train = settings.train();
        screen.entry(
                "model",
                "%s parameters: %s",
                Show.rounded((double) gpt.parameterCount()),
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
                run.origin.seed());
        screen.wrapped("settings", flat(settings.flat()));
        screen.entry("output", "%s", run.directory.path());
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
            Screen screen, Run run, TrainingResult result, TrainConfig config) {
        screen.line("");
        screen.entry("stopped", "after step %d of %d; saved", result.steps(), config.steps());
        screen.entry("go on", "%s", resuming(run, result));
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

    private static String resuming(Run run, TrainingResult result) {
        return "%s train --resume %s%s"
                .formatted(
                        Gpt.COMMAND,
                        quoted(result.directory().path()),
                        DeviceOptions.added(run.device));
    }

    private static void sayWhatNext(Screen screen, Run run, TrainingResult result) {
        String directory = quoted(result.directory().path());
        screen.entry("try", "%s sample --model %s", Gpt.COMMAND, directory);
        screen.entry("", "%s eval --model %s --data FILE", Gpt.COMMAND, directory);
        screen.entry("", "%s --steps %d", resuming(run, result), 2L * result.steps());
    }

    /// A path as a shell takes it.
    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[\\w./+:@%,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
