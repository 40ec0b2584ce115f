package io.tornadogpt.cli;

import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.bench.Burst;
import io.tornadogpt.bench.Comparison;
import io.tornadogpt.bench.GenerationJob;
import io.tornadogpt.bench.Job;
import io.tornadogpt.bench.Measurement;
import io.tornadogpt.bench.OpTimes;
import io.tornadogpt.bench.PacedJob;
import io.tornadogpt.bench.PacedProcess;
import io.tornadogpt.bench.Peaks;
import io.tornadogpt.bench.Quartiles;
import io.tornadogpt.bench.Report;
import io.tornadogpt.bench.TrainingJob;
import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Measures whole jobs.
@Command(
        name = "bench",
        description = "Measures training and generation, beside what the machine can do.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            BenchCommand.Train.class,
            BenchCommand.Generate.class,
            BenchCommand.Ops.class
        })
final class BenchCommand extends GptCommand {
    /// The device whose peaks are those of the processor.
    private static final String PROCESSOR = "cpu";

    @Override
    int run(Screen screen) {
        throw new IllegalArgumentException(
                "bench needs a command: train, generate or ops; %s bench --help says more"
                        .formatted(Gpt.COMMAND));
    }

    /// Measures one kind of job, alone or by turns with a changed one.
    abstract static class Measuring extends GptCommand {
        @Mixin private DeviceOptions device = new DeviceOptions();
        @Mixin private BenchOptions options = new BenchOptions();
        @Spec private @Nullable CommandSpec spec;

        /// Makes the job ready.
        abstract Job open(Backend backend, ExecutionOptions execution) throws IOException;

        /// Prints what will be measured.
        abstract void describe(Screen screen) throws IOException;

        /// What will be measured, by name.
        abstract Map<String, Object> settings() throws IOException;

        /// How often the job is done at most.
        abstract int most();

        @Override
        final int run(Screen screen) throws IOException {
            Backend backend = device.backend();
            if (options.paced()) {
                try (Job job = open(backend, device.execution())) {
                    PacedJob.serve(job, System.in, screen::line);
                }
                return 0;
            }
            describe(screen);
            screen.entry("device", "%s (%s)", backend.name(), backend.description());
            screen.line("");
            Measured measured =
                    options.compare() == null ? alone(screen, backend) : byTurns(options.compare());
            // Afterwards, for it takes memory that is not the job's.
            Peaks peaks = backend.name().equals(PROCESSOR) ? Peaks.measure(device.threads()) : null;
            print(screen, measured, peaks);
            return 0;
        }

        /// What came of it.
        ///
        /// @param ratio null where nothing was compared
        private record Measured(Map<String, Measurement> rows, @Nullable Quartiles ratio) {}

        private Measured alone(Screen screen, Backend backend) throws IOException {
            Comparison.Pace pace = options.pace();
            ExecutionOptions execution = device.execution();
            try (Job job = open(backend, options.profile() ? execution.profiled() : execution)) {
                double first = job.run().milliseconds();
                screen.entry("first", "%.0f ms, with all that is made ready once", first);
                Optional<Profile> once = job.profile().filter(p -> p.compileNanos() > 0);
                once.ifPresent(p -> screen.entry("", "%s", p.once()));
                if (first < 1000 * pace.warmUpSeconds()) {
                    Burst.of(job, pace.warmUpSeconds() - first / 1000, Integer.MAX_VALUE);
                }
                job.profile(); // from here on
                boolean counted = most() < Integer.MAX_VALUE;
                double seconds = counted ? Double.MAX_VALUE : pace.seconds();
                var measured = new Measurement(job.facts(), Burst.of(job, seconds, most()));
                double later = measured.milliseconds().median() * job.facts().units();
                once.ifPresent(
                        p ->
                                screen.entry(
                                        "",
                                        "%.0f ms less the transfers and a later time,"
                                                + " %.0f less the zeros too",
                                        first - later - p.transferNanos() / 1e6,
                                        first - later - (p.transferNanos() + p.zeroNanos()) / 1e6));
                int times = measured.burst().timings().size() * job.facts().units();
                if (options.profile()) {
                    job.profile()
                            .ifPresentOrElse(
                                    p ->
                                            new ProfileTable(screen, job.facts().unit(), times)
                                                    .print(p),
                                    () ->
                                            screen.entry(
                                                    "profile", "the device measures no kernels"));
                }
                return new Measured(Map.of(backend.name(), measured), null);
            }
        }

        private Measured byTurns(String change) throws IOException {
            List<String> before = paced();
            var after = new ArrayList<>(before);
            after.addAll(asOption(change));
            try (var first = PacedProcess.start("as asked", SecondCommand.with(before));
                    var second = PacedProcess.start(change, SecondCommand.with(after))) {
                Comparison result = Comparison.of(first, second, options.pace());
                var rows = new LinkedHashMap<String, Measurement>();
                rows.put(first.name(), result.first());
                rows.put(second.name(), result.second());
                return new Measured(rows, result.ratio());
            }
        }

        private void print(Screen screen, Measured measured, @Nullable Peaks peaks)
                throws IOException {
            boolean generation = this instanceof Generate;
            var table = new BenchTable(screen, generation, measured.rows().keySet(), peaks);
            var report = new Report(generation ? "generate" : "train", settings(), peaks);
            table.heading();
            measured.rows().forEach(table::row);
            measured.rows().forEach(report::add);
            if (measured.ratio() != null) {
                table.ratio(measured.ratio());
                report.ratio(measured.ratio());
            }
            table.peaks();
            if (options.json() != null) {
                report.write(options.json());
            }
        }

        /// The arguments of this command for a process that is paced.
        private List<String> paced() {
            var command = Objects.requireNonNull(spec, "filled in by picocli").root().commandLine();
            var arguments = new ArrayList<String>();
            boolean isValue = false;
            for (String word : command.getParseResult().originalArgs()) {
                boolean own = word.startsWith("--compare") || word.startsWith("--json");
                if (!own && !isValue) {
                    arguments.add(word);
                }
                isValue = own && !word.contains("=");
            }
            arguments.add("--paced");
            return arguments;
        }

        /// A setting or an option, as words of a command line.
        private static List<String> asOption(String change) {
            int equals = change.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "--compare is '%s'; expected KEY=VALUE, such as model.dropout=0.2 or threads=1"
                                .formatted(change));
            }
            String key = change.substring(0, equals);
            return key.contains(".")
                    ? List.of("--set", change)
                    : List.of("--" + key, change.substring(equals + 1));
        }

        static void describe(Screen screen, ModelConfig config) {
            screen.entry(
                    "model",
                    "%s parameters: %s",
                    Show.rounded((double) new Model(config).parameterCount()),
                    Show.architecture(config));
        }

        static Map<String, Object> flat(Settings settings) {
            var map = new LinkedHashMap<String, Object>();
            settings.keys().forEach(key -> map.put(key, settings.value(key)));
            return map;
        }
    }

    /// Measures single operations.
    @Command(
            name = "ops",
            description =
                    "Measures matrix products, attention and layer-norm one by one; kernels alone"
                            + " where the device has a clock.",
            sortOptions = false)
    static final class Ops extends GptCommand {
        @Mixin private DeviceOptions device = new DeviceOptions();

        @Option(
                names = "--largest",
                paramLabel = "N",
                defaultValue = "2048",
                description = "Largest square product (default: ${DEFAULT-VALUE}).")
        private int largest;

        @Option(
                names = "--runs",
                paramLabel = "N",
                defaultValue = "20",
                description = "How often each is measured (default: ${DEFAULT-VALUE}).")
        private int runs;

        @Option(names = "--json", paramLabel = "FILE", description = "Write the figures too.")
        private @Nullable Path json;

        @Override
        int run(Screen screen) throws IOException {
            if (runs < 1) {
                throw new IllegalArgumentException("--runs is " + runs + "; expected 1 or more");
            }
            Backend backend = device.backend();
            screen.entry("device", "%s (%s)", backend.name(), backend.description());
            screen.line("%-32s %10s %10s %10s", "operation", "ms", "in kernels", "GFLOP/s");
            var rows = new ArrayList<OpTimes.Row>();
            OpTimes.run(
                    backend,
                    largest,
                    runs,
                    row -> {
                        rows.add(row);
                        screen.line(
                                "%-32s %10.3f %10.3f %10.1f",
                                row.name(),
                                row.milliseconds(),
                                row.kernelMilliseconds(),
                                row.gigaflops());
                    });
            if (json != null) {
                new ObjectMapper()
                        .writerWithDefaultPrettyPrinter()
                        .writeValue(
                                json.toFile(),
                                Map.of("device", backend.description(), "operations", rows));
            }
            return 0;
        }
    }

    /// Measures training steps.
    @Command(
            name = "train",
            description = {
                "Measures training steps: loss, gradients, clipping and AdamW, on random tokens."
                        + " --steps says how many, instead of --seconds.",
                ""
            },
            sortOptions = false)
    static final class Train extends Measuring {
        @Mixin private ModelOptions model = new ModelOptions();

        @Override
        Job open(Backend backend, ExecutionOptions execution) throws IOException {
            RunSettings settings = resolved();
            return TrainingJob.open(backend, settings.model(), settings.train(), execution);
        }

        @Override
        void describe(Screen screen) throws IOException {
            RunSettings settings = resolved();
            screen.line(screen.bold("TornadoGPT") + " measures training");
            screen.line("");
            describe(screen, settings.model());
            screen.entry(
                    "step",
                    "%d x %d tokens, %d times; dropout %s",
                    settings.train().batchSize(),
                    settings.train().blockSize(),
                    settings.train().gradAccumulation(),
                    settings.model().architecture().dropout().residual());
        }

        @Override
        Map<String, Object> settings() throws IOException {
            return flat(resolved().flat());
        }

        @Override
        int most() {
            return model.steps() == null ? Integer.MAX_VALUE : model.steps();
        }

        private RunSettings resolved() throws IOException {
            return model.resolve(RunSettings.of(Preset.DEFAULT));
        }
    }

    /// Measures generation.
    @Command(
            name = "generate",
            description = {
                "Measures the generation of a text after a prompt of random tokens: the likeliest"
                        + " token each time, with a key-value cache.",
                ""
            },
            sortOptions = false)
    static final class Generate extends Measuring {
        private static final long SEED = 1337;

        @Option(
                names = "--model",
                paramLabel = "DIR",
                description = "A run's directory or a model directory; else --preset is taken.")
        private @Nullable Path directory;

        @Mixin private ModelOptions model = new ModelOptions();

        @Option(
                names = "--prompt-tokens",
                paramLabel = "N",
                defaultValue = "16",
                description = "Tokens of the prompt (default: ${DEFAULT-VALUE}).")
        private int promptTokens;

        @Option(
                names = "--max-new-tokens",
                paramLabel = "N",
                defaultValue = "64",
                description = "Tokens to generate each time (default: ${DEFAULT-VALUE}).")
        private int newTokens;

        @Mixin private WeightOptions weights = new WeightOptions();

        @Override
        Job open(Backend backend, ExecutionOptions execution) throws IOException {
            Model gpt = weights.model(config());
            StoredModel stored = stored();
            return GenerationJob.<IOException>open(
                    backend,
                    gpt,
                    session -> {
                        if (stored != null) {
                            stored.load(gpt, session);
                        } else {
                            gpt.initialize(session, SEED);
                        }
                    },
                    promptTokens,
                    newTokens,
                    execution);
        }

        @Override
        void describe(Screen screen) throws IOException {
            screen.line(screen.bold("TornadoGPT") + " measures generation");
            screen.line("");
            describe(screen, config());
            screen.entry("text", "%d tokens after a prompt of %d", newTokens, promptTokens);
            if (weights.rounded()) {
                screen.entry("weights", "%s", weights.type());
            }
        }

        @Override
        Map<String, Object> settings() throws IOException {
            Settings all = new RunSettings(config(), TrainConfig.defaults(), true).flat();
            var map = flat(all);
            map.keySet().removeIf(key -> !key.startsWith("model."));
            map.put("promptTokens", promptTokens);
            map.put("newTokens", newTokens);
            map.put("weights", weights.type());
            return map;
        }

        @Override
        int most() {
            return Integer.MAX_VALUE;
        }

        private @Nullable StoredModel stored() throws IOException {
            return directory == null ? null : ModelArgument.open(directory).stored();
        }

        private ModelConfig config() throws IOException {
            StoredModel stored = stored();
            return stored != null
                    ? stored.config()
                    : model.resolve(RunSettings.of(Preset.DEFAULT)).model();
        }
    }
}
