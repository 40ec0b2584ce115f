package io.tornadogpt.cli;

import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.RunDirectoryException;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.sweep.Dimension;
import io.tornadogpt.trainer.sweep.SpaceFile;
import io.tornadogpt.trainer.sweep.Sweep;
import io.tornadogpt.trainer.sweep.SweepPlan;
import io.tornadogpt.trainer.sweep.SweepPlan.Method;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Trains a model with many settings, and tells which were best.
@Command(
        name = "sweep",
        description = {
            "Trains a model with many settings, one run after the other, and tells which were"
                    + " best. Here --set KEY=V1,V2 gives a setting several values; those of a"
                    + " setting that is a text are separated by semicolons, for commas belong to"
                    + " them (--set 'model.windows=0;0,64'). A setting with one value is the same"
                    + " in all runs.",
            ""
        },
        sortOptions = false)
final class SweepCommand extends GptCommand {
    @Mixin private TextOptions text = new TextOptions();
    @Mixin private ModelOptions model = new ModelOptions();

    @Option(
            names = "--space",
            paramLabel = "FILE",
            description =
                    "A JSON file that says which settings to try; its form is in docs/scaling.md.")
    private @Nullable Path space;

    @Option(
            names = "--method",
            paramLabel = "M",
            description =
                    "grid (default): all combinations; random: --trials of them, drawn; halving:"
                            + " all begin, and only the best go on.")
    private @Nullable Method method;

    @Option(
            names = "--trials",
            paramLabel = "N",
            description = "How many settings to draw at random.")
    private @Nullable Integer trials;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "Runs of each setting, with the seeds 1337, 1338 and so on (default: 1).")
    private @Nullable Integer seeds;

    @Option(
            names = "--draw-seed",
            paramLabel = "N",
            description = "Seed of what is drawn at random (default: 1337).")
    private @Nullable Long drawSeed;

    @Option(
            names = "--eta",
            paramLabel = "N",
            description = "With --method halving, one in N goes on (default: 3).")
    private @Nullable Integer eta;

    @Option(
            names = "--first-steps",
            paramLabel = "N",
            description = "With --method halving, steps before runs are first compared.")
    private @Nullable Integer firstSteps;

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where to write (default: runs/sweep-NAME-DATE-TIME).")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description =
                    "Go on with the sweep in this directory; runs that are complete are not"
                            + " repeated.")
    private @Nullable Path resume;

    @Override
    int run(Screen screen) throws IOException {
        if (resume != null) {
            requireAlone();
            try (Sweep sweep = Sweep.resume(resume)) {
                sweep.device(device.resumed(resume, sweep.device()));
                return new SweepSession(screen, sweep, device.threads()).run();
            }
        }
        RunSettings base = RunSettings.of(Preset.DEFAULT);
        var fixed = new ArrayList<String>();
        var dimensions = new ArrayList<Dimension>();
        Settings known = model.resolve(base, List.of()).flat();
        for (String assignment : model.assignments()) {
            Dimension.Values values = Dimension.parse(known, assignment);
            if (values.values().size() == 1) {
                fixed.add(assignment);
            } else {
                dimensions.add(values);
            }
        }
        RunSettings settings = model.resolve(base, fixed);
        if (settings.model().task() instanceof Task.HiddenStates) {
            settings = settings.withHead(new Task.Tokens());
        }
        SweepPlan plan = plan(dimensions, known);
        String named = device.name(null);
        DeviceOptions.named(named); // refused now, or taken
        NewRun run = text.on(NewRun.of(settings).withDevice(named), null);
        Preset preset = model.preset();
        String name = text.name((preset == null ? Preset.DEFAULT : preset).name());
        Path directory =
                out == null ? RunDirectory.unused(Path.of("runs"), "sweep-" + name).path() : out;
        screen.line(screen.bold("TornadoGPT") + " tries settings");
        screen.line("");
        screen.wrapped("data", run.source());
        try (Sweep sweep = Sweep.begin(directory, run, plan, new DataReport(screen))) {
            return new SweepSession(screen, sweep, device.threads()).run();
        } catch (RunDirectoryException e) {
            throw new IllegalArgumentException(
                    "%s (--out DIR, or --resume DIR to go on with a sweep)"
                            .formatted(e.getMessage()),
                    e);
        }
    }

    private void requireAlone() {
        if (text.given() || space != null || !model.assignments().isEmpty() || out != null) {
            throw new IllegalArgumentException(
                    "--resume goes on with a sweep as it was begun; leave --data, --set, --space"
                            + " and --out out, or begin another sweep");
        }
    }

    private SweepPlan plan(List<Dimension> dimensions, Settings known) throws IOException {
        SpaceFile file = space == null ? null : SpaceFile.read(space, known);
        var all = new ArrayList<>(dimensions);
        if (file != null) {
            all.addAll(file.parameters());
        }
        SweepPlan usual = SweepPlan.grid(List.of(new Dimension.Values("", List.of(""))));
        return new SweepPlan(
                first(method, file == null ? null : file.method(), usual.method()),
                all,
                first(trials, file == null ? null : file.trials(), usual.trials()),
                first(
                        seeds == null ? null : SweepPlan.seeds(seeds),
                        file == null ? null : file.seeds(),
                        usual.seeds()),
                first(drawSeed, file == null ? null : file.drawSeed(), usual.drawSeed()),
                first(eta, file == null ? null : file.eta(), usual.eta()),
                first(firstSteps, file == null ? null : file.firstSteps(), usual.firstSteps()));
    }

    private static <T> T first(@Nullable T option, @Nullable T file, T usual) {
        return option != null ? option : file != null ? file : usual;
    }
}
