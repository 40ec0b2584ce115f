package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.ClipScale;
import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/// A GPT-2-style model: its parameters, and the programs that train, evaluate and sample it.
/// Writing them down costs nothing; a [io.tornadogpt.core.backend.Backend] allocates and runs them.
public final class GptModel {
    private final GptConfig config;
    private final DType weights;
    private final GptParameters parameters;

    public GptModel(GptConfig config) {
        this(config, DType.F32);
    }

    /// A model whose matrices are held in another type.
    ///
    /// @param weights F32, or BF16 for half the memory to read for each token; then the model can
    ///   be evaluated and sampled, but not trained
    public GptModel(GptConfig config, DType weights) {
        if (weights == DType.I32) {
            throw new IllegalArgumentException(
                    "weights are I32; expected F32 or BF16, for which values are rounded");
        }
        this.config = config;
        this.weights = weights;
        this.parameters = new GptParameters(config, weights);
    }

    public GptConfig config() {
        return config;
    }

    /// All parameters, in the order of GPT-2's files.
    public List<Parameter> parameters() {
        return parameters.all();
    }

    /// Number of weights, a tied head counted once.
    public long parameterCount() {
        return parameters().stream().mapToLong(p -> p.spec().elements()).sum();
    }

    /// Writes the values that parameters start with.
    public void initialize(Session session, long seed) {
        for (Parameter parameter : parameters()) {
            TensorSpec spec = parameter.spec();
            int count = Math.toIntExact(spec.shape().elements());
            for (int slice = 0; slice < spec.slices(); slice++) {
                float[] values =
                        parameter.initialization().values(seed, spec.sliceName(slice), count);
                session.writeFloats(spec, slice, values);
            }
        }
        writeWindows(session);
    }

    /// Writes what each layer's attention sees; nothing where all layers see all positions. A
    /// session needs it once. [#initialize] and [StoredModel#load] do it; who writes weights one by
    /// one calls it too.
    public void writeWindows(Session session) {
        TensorSpec windows = parameters.windows();
        if (windows == null) {
            return;
        }
        int[] sizes = config.windowOfLayers();
        for (int layer = 0; layer < sizes.length; layer++) {
            session.write(windows, layer, MemorySegment.ofArray(new int[] {sizes[layer]}));
        }
    }

    /// The program `accumulate`: the loss of a batch with dropout, its gradients added to those
    /// there are.
    ///
    /// @param batch B, sequences
    /// @param positions T, at most `blockSize`
    ///
    /// @throws IllegalStateException where weights are not F32
    public LossProgram accumulate(int batch, int positions) {
        requireTrainable();
        LossProgram forward = loss("accumulate", batch, positions, config.dropout());
        Program program =
                Autodiff.gradients(
                        forward.program(),
                        forward.loss().whole(),
                        forward.lossScale().whole(),
                        Autodiff::gradient);
        return new LossProgram(
                program,
                forward.tokens(),
                forward.targets(),
                forward.positions(),
                forward.rng(),
                forward.lossScale(),
                forward.loss(),
                forward.count());
    }

    /// The program `evaluate`: the loss of a batch without dropout.
    public LossProgram evaluate(int batch, int positions) {
        return loss("evaluate", batch, positions, 0);
    }

    private LossProgram loss(String name, int batch, int positions, double dropout) {
        var io = new Names(name);
        TensorSpec tokens = io.input("tokens", DType.I32, batch, positions);
        TensorSpec targets = io.input("targets", DType.I32, batch, positions);
        TensorSpec position = io.input("positions", DType.I32, batch, positions);
        TensorSpec rng = io.input("rng", DType.I32, 4);
        TensorSpec lossScale = io.input("lossScale", DType.F32, 1);
        TensorSpec loss = io.output("loss", 1);
        TensorSpec count = io.output("count", 1);
        var forward = new GptForward(parameters, batch, positions, dropout, rng);
        Program program =
                Program.builder(name)
                        .once("embed", ops -> forward.embed(ops, tokens, position))
                        .repeat("blocks", config.nLayer(), forward::block)
                        .once("head", ops -> forward.loss(ops, targets, loss, count))
                        .build();
        return new LossProgram(program, tokens, targets, position, rng, lossScale, loss, count);
    }

    /// The program `update`: one optimizer step from the accumulated gradients, which become zero.
    ///
    /// @param settings decay applies to matrices only
    /// @param gradClip largest norm of all gradients together, 0 for no clipping
    /// @throws IllegalStateException where weights are not F32
    public UpdateProgram update(AdamW.Settings settings, double gradClip) {
        requireTrainable();
        var io = new Names("update");
        TensorSpec schedule = io.input("schedule", DType.F32, 3);
        TensorSpec norm = io.output("norm", 1);
        TensorSpec scale = io.output("scale", 1);
        Program program =
                Program.builder("update")
                        .once(
                                "optimizer",
                                ops -> {
                                    List<Tensor> gradients =
                                            parameters().stream()
                                                    .map(p -> Autodiff.gradient(p.spec()).whole())
                                                    .toList();
                                    ops.accept(new GradientNorm(gradients, norm.whole()));
                                    ops.accept(
                                            new ClipScale(norm.whole(), scale.whole(), gradClip));
                                    parameters()
                                            .forEach(p -> step(ops, p, scale, schedule, settings));
                                })
                        .build();
        return new UpdateProgram(program, schedule, norm, scale, settings);
    }

    private void requireTrainable() {
        if (weights != DType.F32) {
            throw new IllegalStateException(
                    "this model holds its weights as %s, to be read only; train one that holds them as F32"
                            .formatted(weights));
        }
    }

    private static void step(
            Consumer<Op> ops,
            Parameter parameter,
            TensorSpec scale,
            TensorSpec schedule,
            AdamW.Settings settings) {
        TensorSpec spec = parameter.spec();
        Tensor gradient = Autodiff.gradient(spec).whole();
        List<TensorSpec> moments = moments(parameter);
        ops.accept(
                new AdamW(
                        spec.whole(),
                        gradient,
                        moments.get(0).whole(),
                        moments.get(1).whole(),
                        scale.whole(),
                        schedule.whole(),
                        parameter.decays() ? settings : settings.withoutDecay()));
        ops.accept(new Zero(gradient));
    }

    /// The optimizer state of a parameter: `m.NAME` and `v.NAME`.
    public static List<TensorSpec> moments(Parameter parameter) {
        TensorSpec spec = parameter.spec();
        return List.of(
                spec.as("m." + spec.name(), Role.OPTIMIZER),
                spec.as("v." + spec.name(), Role.OPTIMIZER));
    }

    /// A program that computes the logits of every position of whole sequences, without a cache.
    public LogitsProgram logits(String name, int batch, int positions) {
        var io = new Names(name);
        TensorSpec tokens = io.input("tokens", DType.I32, batch, positions);
        TensorSpec position = io.input("positions", DType.I32, batch, positions);
        TensorSpec logits = io.output("logits", batch, positions, config.vocabSize());
        var forward = new GptForward(parameters, batch, positions, 0, position);
        Program program =
                Program.builder(name)
                        .once("embed", ops -> forward.embed(ops, tokens, position))
                        .repeat("blocks", config.nLayer(), forward::block)
                        .once("head", ops -> forward.logits(ops, logits.whole()))
                        .build();
        return new LogitsProgram(program, tokens, position, null, logits, null);
    }

    /// A program that reads new tokens into the key-value cache, computes the logits of one row a
    /// sequence and draws a token from them, the most likely one unless told otherwise. Named
    /// `prefill` it takes a piece of the prompt, named `decode` one token. All such programs of a
    /// session share one cache of `blockSize` positions.
    ///
    /// Rows beyond a shorter prompt may hold any token: what they store at their positions is
    /// overwritten by the tokens that come there before anything looks at it.
    ///
    /// @param batch B, sequences
    /// @param positions T, new tokens a sequence
    public LogitsProgram cached(String name, int batch, int positions) {
        var io = new Names(name);
        TensorSpec tokens = io.input("tokens", DType.I32, batch, positions);
        TensorSpec position = io.input("positions", DType.I32, batch, positions);
        TensorSpec rows = io.input("rows", DType.I32, batch);
        TensorSpec slots = io.input("slots", DType.I32, batch);
        TensorSpec logits = io.output("logits", batch, config.vocabSize());
        var draw =
                new LogitsProgram.Draw(
                        io.input("keys", DType.I32, batch, 4),
                        io.input("sampling", DType.F32, 2),
                        io.output("ids", DType.I32, batch));
        var forward = new GptForward(parameters, batch, positions, 0, position);
        Program program =
                Program.builder(name)
                        .once("embed", ops -> forward.embed(ops, tokens, position))
                        .repeat(
                                "blocks",
                                config.nLayer(),
                                ops -> forward.cachedBlock(ops, position, slots))
                        .once(
                                "head",
                                ops -> {
                                    forward.lastLogits(ops, rows, logits);
                                    forward.draw(ops, logits, draw);
                                })
                        .build();
        return new LogitsProgram(program, tokens, position, rows, logits, draw);
    }

    /// Declares what goes in and out of one program.
    private record Names(String program) {
        TensorSpec input(String name, DType type, int... sizes) {
            return new TensorSpec(program + "." + name, Shape.of(sizes), type, Role.INPUT);
        }

        TensorSpec output(String name, int... sizes) {
            return output(name, DType.F32, sizes);
        }

        TensorSpec output(String name, DType type, int... sizes) {
            return new TensorSpec(program + "." + name, Shape.of(sizes), type, Role.OUTPUT);
        }
    }
}
