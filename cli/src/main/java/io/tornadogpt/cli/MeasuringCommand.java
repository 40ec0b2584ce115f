package io.tornadogpt.cli;

import io.tornadogpt.bench.Burst;
import io.tornadogpt.bench.Comparison;
import io.tornadogpt.bench.Job;
import io.tornadogpt.bench.Measurement;
import io.tornadogpt.bench.PacedJob;
import io.tornadogpt.bench.PacedProcess;
import io.tornadogpt.bench.Peaks;
import io.tornadogpt.bench.Quartiles;
import io.tornadogpt.bench.Report;
import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.trainer.settings.Settings;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Measures one kind of job, alone or by turns with a changed one.
abstract class MeasuringCommand extends GptCommand {
    /// The device whose peaks are those of the processor.
    private static final String PROCESSOR = "cpu";

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
            screen.entry("first", "%.0f ms, including what is only done once", first);
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
                                    "of these, %.0f ms are neither transfers nor a later run's"
                                            + " time; without zeroing memory, %.0f ms",
                                    first - later - p.transferNanos() / 1e6,
                                    first - later - (p.transferNanos() + p.zeroNanos()) / 1e6));
            int times = measured.burst().timings().size() * job.facts().units();
            if (options.profile()) {
                job.profile()
                        .ifPresentOrElse(
                                p -> new ProfileTable(screen, job.facts().unit(), times).print(p),
                                () ->
                                        screen.entry(
                                                "profile", "this device cannot time its kernels"));
            }
            return new Measured(Map.of(backend.name(), measured), null);
        }
    }

    private Measured byTurns(String change) throws IOException {
        List<String> before = paced();
        List<String> changed = asOption(change);
        String option = changed.getFirst();
        var after = new ArrayList<>(option.equals("--set") ? before : without(option, before));
        after.addAll(changed);
        try (var first = PacedProcess.start("as asked", SecondCommand.with(before));
                var second = PacedProcess.start(change, SecondCommand.with(after))) {
            Comparison result = Comparison.of(first, second, options.pace());
            var rows = new LinkedHashMap<String, Measurement>();
            rows.put(first.name(), result.first());
            rows.put(second.name(), result.second());
            return new Measured(rows, result.ratio());
        }
    }

    private void print(Screen screen, Measured measured, @Nullable Peaks peaks) throws IOException {
        boolean generation = this instanceof BenchGenerateCommand;
        var table = new BenchTable(screen, generation, measured.rows().keySet(), peaks);
        var report = new Report(generation ? "generate" : "train", settings(), peaks);
        table.heading();
        measured.rows().forEach(table::row);
        measured.rows().forEach(report::add);
        if (measured.ratio() != null) {
            table.ratio(measured.ratio());
            report.ratio(measured.ratio());
        }
        table.learning(measured.rows());
        table.peaks();
        if (options.json() != null) {
            report.write(options.json());
        }
    }

    /// The arguments of this command for a process that is paced.
    private List<String> paced() {
        var command = Objects.requireNonNull(spec, "filled in by picocli").root().commandLine();
        List<String> given = command.getParseResult().originalArgs();
        var arguments = new ArrayList<>(without("--compare", without("--json", given)));
        arguments.add("--paced");
        return arguments;
    }

    /// The words of a command line but for an option and its value.
    private static List<String> without(String option, List<String> words) {
        var others = new ArrayList<String>();
        boolean isValue = false;
        for (String word : words) {
            if (!isValue && !word.equals(option) && !word.startsWith(option + "=")) {
                others.add(word);
            }
            isValue = word.equals(option);
        }
        return others;
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
