package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.model.objective.Classification;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.loop.ModelFlops;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.parallel.DividedTraining;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Says what a model is and needs.
@Command(
        name = "info",
        description = {
            "Prints a model's parameters, the FLOPs and the memory that it needs, without loading"
                    + " it.",
            ""
        },
        sortOptions = false)
final class InfoCommand extends GptCommand {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "A run's directory or a model directory.")
    private @Nullable Path model;

    @Mixin private ModelOptions options = new ModelOptions();
    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--context",
            paramLabel = "N",
            description =
                    "The number of tokens of one text for which memory is planned (default: the"
                            + " model's context, at most 4096).")
    private @Nullable Integer context;

    @Option(
            names = "--processes",
            paramLabel = "N",
            description =
                    "Also plan the memory of each of N processes that train the model together;"
                            + " train.gradAccumulation counts the micro-batches of one.")
    private @Nullable Integer processes;

    @Override
    int run(Screen screen) throws IOException {
        RunSettings base = RunSettings.of(Preset.DEFAULT);
        if (model != null) {
            if (options.preset() != null || options.hasModelConfig()) {
                throw new IllegalArgumentException(
                        "--model, --preset and --model-config each name a model; use one of them");
            }
            base = base.withModel(config(model));
        }
        RunSettings settings = options.resolve(base);
        Backend backend = device.backend();
        var whole = new Model(settings.model());
        Model gpt = context == null ? settings.sessionModel() : whole.withContext(context);
        parameters(screen, gpt);
        compute(screen, settings, gpt);
        screen.line("");
        memory(screen, backend, whole, gpt, settings.train());
        if (processes != null) {
            divided(screen, backend, whole, settings.train(), processes);
        }
        return 0;
    }

    /// What the first of several processes takes; the others take as much, or a little less.
    private static void divided(
            Screen screen, Backend backend, Model whole, TrainConfig one, int processes) {
        if (processes < 1 || !(whole.config().task() instanceof Task.Tokens)) {
            throw new IllegalArgumentException(
                    "--processes is %d for a %s; expected 1 or more, for a model that is trained on a text"
                            .formatted(
                                    processes,
                                    whole.config()
                                            .family()
                                            .architectureClass(whole.config().task())));
        }
        int micro = Math.multiplyExact(one.gradAccumulation(), processes);
        TrainConfig all = one.with("gradAccumulation=" + micro, "treeReduction=true");
        Model gpt = whole.withContext(Math.min(whole.context(), all.blockSize()));
        TrainingPrograms alone = TrainingPrograms.of(gpt, all, true);
        DividedTraining divided = DividedTraining.planned(processes, gpt, all, alone);
        MemoryUse use = backend.plan(divided.programs().programs());
        screen.line("");
        screen.line(
                "Of %d processes with %d micro-batches each, one takes %s: %s of optimizer state,"
                        + " and %s outside of its session to exchange gradients.",
                processes,
                one.gradAccumulation(),
                bytes(use.bytes() + divided.bytes(backend.name().equals("cpu"))),
                bytes(use.bytes(Role.OPTIMIZER)),
                bytes(divided.bytes(backend.name().equals("cpu"))));
    }

    /// The configuration in a folder that has no weights yet is enough to plan with.
    private static ModelConfig config(Path model) throws IOException {
        Path alone = model.resolve(ModelDirectory.CONFIG_FILE);
        boolean weights =
                Files.exists(model.resolve(TensorSource.SINGLE_FILE))
                        || Files.exists(model.resolve(TensorSource.INDEX_FILE));
        return Files.exists(alone) && !weights
                ? ModelConfig.read(alone)
                : ModelArgument.open(model).stored().config();
    }

    private static void parameters(Screen screen, Model gpt) {
        Architecture architecture = gpt.architecture();
        screen.line("%s: %s", gpt.config().family().modelType(), Show.architecture(gpt.config()));
        screen.line("");
        var rows = new ArrayList<Row>();
        rows.add(new Row("parameter", "shape", "weights"));
        for (Parameter parameter : gpt.parameters()) {
            TensorSpec spec = parameter.spec();
            rows.add(new Row(spec.name(), shape(spec), Show.count(spec.elements())));
        }
        boolean tied =
                architecture.embedding().tied() && gpt.config().task() instanceof Task.Tokens;
        String all = tied ? "all (the head is the token embedding)" : "all";
        rows.add(new Row(all, "", Show.count(gpt.parameterCount())));
        if (gpt.adapter() != null) {
            String trained = Show.count(Trainable.of(gpt).elements());
            rows.add(new Row("trained (the adapter)", "", trained));
        }
        List<String> lines = Row.lines(rows, screen.isTerminal() ? screen.columns() : 100);
        screen.line(screen.dim(lines.getFirst()));
        lines.stream().skip(1).forEach(screen::line);
        screen.line("");
    }

    /// What is told of a parameter.
    record Row(String name, String shape, String weights) {
        /// Rows as columns; where these are wider than the screen, a name has a line of its own.
        static List<String> lines(List<Row> rows, int columns) {
            int name = rows.stream().mapToInt(row -> row.name.length()).max().orElse(0);
            int shape = rows.stream().mapToInt(row -> row.shape.length()).max().orElse(0);
            int weights = rows.stream().mapToInt(row -> row.weights.length()).max().orElse(0);
            boolean narrow = name + shape + weights + 4 > columns;
            String figures = "%-" + shape + "s  %" + weights + "s";
            String format = (narrow ? "%s%n    " : "%-" + name + "s  ") + figures;
            return rows.stream()
                    .map(row -> format.formatted(row.name, row.shape, row.weights))
                    .flatMap(String::lines)
                    .toList();
        }
    }

    private static String shape(TensorSpec spec) {
        String one = spec.shape().toString();
        return spec.slices() > 1 ? spec.slices() + " x " + one : one;
    }

    private static void compute(Screen screen, RunSettings settings, Model gpt) {
        TrainConfig train = settings.train();
        var flops = new ModelFlops(settings.model(), train.blockSize());
        double training = flops.training(gpt);
        screen.sentence(
                "FLOPs a token: %s to predict, %s to train; a step of %s tokens: %s",
                Show.rounded((double) flops.forward()),
                Show.rounded(training),
                Show.count(train.tokensPerStep()),
                Show.rounded(training * train.tokensPerStep()));
    }

    private static void memory(
            Screen screen, Backend backend, Model whole, Model gpt, TrainConfig config) {
        MemoryUse train = backend.plan(trained(whole, config));
        MemoryUse use = backend.plan(used(gpt));
        String used = predictsNext(gpt) ? "sample" : "read";
        screen.sentence(
                "Memory on %s, rows of %d x %d while training, one text of up to %d tokens while"
                        + " %s:",
                backend.name(),
                config.batchSize(),
                config.blockSize(),
                gpt.context(),
                predictsNext(gpt) ? "sampling" : "reading");
        screen.line("");
        screen.line(screen.dim("%-24s%14s%14s".formatted("", "train", used)));
        for (Role role : Role.values()) {
            if (train.bytes(role) > 0 || use.bytes(role) > 0) {
                screen.line(
                        "%-24s%14s%14s",
                        name(role), bytes(train.bytes(role)), bytes(use.bytes(role)));
            }
        }
        screen.line("%-24s%14s%14s", "all", bytes(train.bytes()), bytes(use.bytes()));
        screen.line("%-24s%14s", "available now", bytes(MemoryBudget.available()));
        screen.line("");
        MemoryUse half = backend.plan(used(gpt.withWeights(DType.BF16)));
        screen.sentence(
                "Parameters to %s with: %s as F32, %s as BF16; a file that holds them as they are"
                        + " used is read in place",
                used, bytes(use.bytes(Role.PARAMETER)), bytes(half.bytes(Role.PARAMETER)));
        if (predictsNext(gpt)) {
            keysAndValues(screen, backend, gpt);
        }
        if (train.bytes() > 0) {
            activations(screen, backend, whole, config);
        }
    }

    private static void keysAndValues(Screen screen, Backend backend, Model gpt) {
        int size = gpt.architecture().attention().headSize();
        boolean blocks = size % DType.Q8_0.blockElements() == 0;
        screen.sentence(
                "Keys and values of a text of %d tokens: %s as F32, %s with --cache bf16%s",
                gpt.context(),
                CacheOptions.size(backend, gpt, 1),
                CacheOptions.size(backend, gpt.withCache(DType.BF16), 1),
                blocks
                        ? ", %s with --cache q8_0"
                                .formatted(CacheOptions.size(backend, gpt.withCache(DType.Q8_0), 1))
                        : "; heads of %d channels are no blocks of Q8_0".formatted(size));
    }

    private static void activations(
            Screen screen, Backend backend, Model whole, TrainConfig config) {
        MemoryUse kept = backend.plan(trained(whole, config.with("gradientCheckpointing=false")));
        MemoryUse again = backend.plan(trained(whole, config.with("gradientCheckpointing=true")));
        screen.sentence(
                "Activations: %s kept, %s with train.gradientCheckpointing=true%s",
                bytes(kept.bytes(Role.ACTIVATION)),
                bytes(again.bytes(Role.ACTIVATION)),
                config.gradientCheckpointing() ? " (as here)" : "");
    }

    private static boolean predictsNext(Model gpt) {
        return gpt.architecture().attention().causal()
                && gpt.config().task() instanceof Task.Tokens;
    }

    /// What uses a model: it continues one text, or reads one.
    private static List<Program> used(Model gpt) {
        return predictsNext(gpt)
                ? GenerationPrograms.of(gpt, 1).programs()
                : List.of(gpt.hidden("read", BatchForm.full(1, gpt.context())).program());
    }

    /// What trains a model for what it has a head for; a model without a head is trained for
    /// nothing.
    private static List<Program> trained(Model whole, TrainConfig config) {
        Model gpt = whole.withContext(Math.min(whole.context(), config.blockSize()));
        return switch (gpt.config().task()) {
            case Task.Tokens _ -> TrainingPrograms.of(gpt, config, true).programs();
            case Task.Labels labels -> {
                BatchForm form = BatchForm.padded(config.batchSize(), config.blockSize());
                yield TrainingPrograms.of(
                                gpt,
                                config,
                                new Classification(labels),
                                List.of(form),
                                config.trainable(gpt),
                                true)
                        .programs();
            }
            case Task.HiddenStates _ -> List.of();
        };
    }

    private static String bytes(long bytes) {
        return bytes == 0 ? "-" : MemoryBudget.format(bytes);
    }

    private static String name(Role role) {
        return switch (role) {
            case PARAMETER -> "parameters";
            case GRADIENT -> "gradients";
            case OPTIMIZER -> "optimizer state";
            case INPUT -> "inputs";
            case OUTPUT -> "outputs";
            case CACHE -> "key-value cache";
            case ACTIVATION -> "activations";
        };
    }
}
