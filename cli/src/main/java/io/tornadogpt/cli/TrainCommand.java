package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.RunDirectoryException;
import io.tornadogpt.trainer.run.RunOrigin;
import io.tornadogpt.trainer.run.Runs;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
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
    @Mixin private TextOptions text = new TextOptions();
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
                            + " it was started with. DIR may also be one of its checkpoints:"
                            + " those that came after it are then deleted.")
    private @Nullable Path resume;

    @Option(
            names = "--init-from",
            paramLabel = "DIR",
            description =
                    "Start from the weights (and tokenizer) of this model directory, run, or"
                            + " checkpoint of llm.c; train.learningRate is then 1e-4 unless it is"
                            + " set.")
    private @Nullable Path initFrom;

    @Option(
            names = "--find-lr",
            description =
                    "Do not train, but look for a learning rate: it grows from 1e-6 to 1 in 150"
                            + " steps, or as many as --steps says, and a page shows the loss.")
    private boolean findRate;

    @Override
    int run(Screen screen) throws IOException {
        Path resumed = resume;
        if (findRate) {
            if (resumed != null) {
                throw new IllegalArgumentException(
                        "--find-lr looks for the learning rate of a new run; leave --resume out");
            }
            Path page =
                    (out == null ? RunDirectory.unused(Path.of("runs"), name()).path() : out)
                            .resolve("learning-rate.html");
            return new RateSession(newRun(), device.threads(), model.steps(), page).run(screen);
        }
        return together(screen, team -> resumed == null ? start(team) : resume(team, resumed));
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

    private int start(Team team) throws IOException {
        Screen screen = team.screen();
        NewRun asked = team.all(this::newRun);
        RunSettings settings = asked.settings();
        NewRun begun = asked.with(settings.with(team.begun(settings.train())));
        team.requireSame(
                Map.of(
                        "data", String.valueOf(absolute(text.data())),
                        "tokenizer", String.valueOf(text.tokenizer()),
                        "model to start from", String.valueOf(absolute(initFrom))));
        Path directory =
                team.ofLeader(
                        out == null ? RunDirectory.unused(Path.of("runs"), name()).path() : out);
        var report =
                new DataReport(screen) {
                    @Override
                    public void source(String description) {
                        screen.line(screen.bold("TornadoGPT") + " trains a model");
                        screen.line("");
                        screen.wrapped("data", description);
                    }
                };
        try (Run<TextTask> run =
                team.leaderFirst(
                        () -> Runs.begin(directory, begun, report, team.encoder()),
                        () -> Runs.join(directory, begun))) {
            if (run.origin().tokens() != null) {
                report.tokenizer(run.task().data().tokenizer());
            }
            report.tokens(run.task().data());
            return train(team, run, begun.device());
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
        } else if (settings.model().task() instanceof Task.HiddenStates) {
            settings = settings.withHead(new Task.Tokens()); // a new model is given what it trains
        }
        settings.train().requireObjective(settings.model());
        String named = device.name(null);
        DeviceOptions.named(named); // refused now, or taken
        NewRun run = text.on(NewRun.of(settings).withDevice(named), initial);
        if (initial != null) {
            run = run.startingFrom(initial.stored());
        }
        if (seed != null) {
            run = run.withSeed(seed);
        }
        return order == null ? run : run.withOrder(order);
    }

    /// With --init-from, the model's shape is not a matter of choice.
    private void refuseArchitecture() {
        if (model.preset() != null) {
            throw new IllegalArgumentException(
                    "--preset describes a new model, but --init-from names an existing one; use"
                            + " only one of them, and change train.* with --set");
        }
    }

    static @Nullable String absolute(@Nullable Path path) {
        return path == null ? null : path.toAbsolutePath().normalize().toString();
    }

    /// What a run is called that has no other directory: after the data, or the preset.
    private String name() {
        Preset preset = model.preset();
        return text.name((preset == null ? Preset.DEFAULT : preset).name());
    }

    /// @param named a run's directory, or one of its checkpoints
    private int resume(Team team, Path named) throws IOException {
        Screen screen = team.screen();
        Optional<RunDirectory> ofCheckpoint = RunDirectory.ofCheckpoint(named);
        RunDirectory directory = ofCheckpoint.orElseGet(() -> new RunDirectory(named));
        RunOrigin origin = team.all(() -> resumable(directory, named));
        RunSettings read = team.all(() -> model.resolve(directory.readSettings()));
        RunSettings settings = read.with(team.resumed(read.train()));
        String computes = device.resumed(directory.path(), origin.device());
        screen.line(screen.bold("TornadoGPT") + " resumes " + named);
        screen.line("");
        screen.entry("data", "%s", origin.source());
        try (Run<TextTask> run =
                team.leaderFirst(
                        () -> Runs.resume(directory, settings, computes),
                        () -> Runs.joinResumed(directory, settings, computes))) {
            if (ofCheckpoint.isPresent()) {
                run.trainer().resumeFrom(named);
            }
            var report = new DataReport(screen);
            report.tokenizer(run.task().data().tokenizer());
            report.tokens(run.task().data());
            return train(team, run, computes);
        }
    }

    /// How a run was begun that can be resumed as it was asked for.
    private RunOrigin resumable(RunDirectory directory, Path named) throws IOException {
        RunOrigin origin = RunOrigin.read(directory);
        if (origin.task() != null) {
            throw new IllegalArgumentException(
                    "%s was begun for the task %s; resume it with %s finetune --resume %s"
                            .formatted(directory.path(), origin.task(), Gpt.COMMAND, named));
        }
        requireSame(directory, origin);
        return origin;
    }

    /// Checks what was said again on resuming: it must be as the run was begun.
    private void requireSame(RunDirectory run, RunOrigin origin) {
        requireSame(run, "--data", absolute(text.data()), origin.source());
        String tokenizer = text.tokenizer();
        if (tokenizer != null && !tokenizer.equals(origin.tokenizer())) {
            String asked = TokenizerChoice.parse(tokenizer).toString();
            requireSame(run, "--tokenizer", asked, origin.tokenizer());
        }
        text.refuseDocuments("the run's tokens were made when it was begun; leave it out");
        requireSame(run, "--seed", seed, origin.seed());
        requireSame(run, "--order", order, origin.order());
        requireSame(run, "--out", absolute(out), absolute(run.path()));
        requireSame(run, "--init-from", absolute(initFrom), origin.initFrom());
    }

    static void requireSame(
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

    private int train(Team team, Run<TextTask> run, String named) throws IOException {
        Screen screen = team.screen();
        var session = new TrainingSession(team, run, device, named, "train");
        var sample = new TrainingSample[1];
        return session.train(
                stopping -> sample[0] = sample(screen, run, stopping),
                result -> {
                    if (sample[0] != null) {
                        screen.rule("what it writes now");
                        Backend backend = Backends.named(named);
                        sample[0].show(
                                result.model(), backend, new ExecutionOptions(device.threads()));
                        screen.rule("");
                    }
                },
                session.summary()::next);
    }

    private static @Nullable TrainingSample sample(
            Screen screen, Run<TextTask> run, BooleanSupplier stopping) {
        Tokenizer tokenizer = run.task().data().tokenizer();
        boolean continues = run.settings().model().architecture().attention().causal();
        return tokenizer == null || !continues
                ? null
                : new TrainingSample(
                        screen,
                        run.settings().sessionModel(),
                        tokenizer,
                        run.task().data(),
                        run.origin().seed(),
                        run.settings().train().steps(),
                        stopping);
    }
}
