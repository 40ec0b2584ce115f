package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.adapter.LoraAdapter;
import io.tornadogpt.core.model.adapter.LoraConfig;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.AdaptedParameter;
import io.tornadogpt.core.model.graph.Constants;
import io.tornadogpt.core.model.graph.Graph;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.model.graph.ParameterTable;
import io.tornadogpt.core.model.objective.TokenPrediction;
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

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// A transformer of any family: its parameters, and the programs that train, evaluate and sample
/// it. Writing them down costs nothing; a [io.tornadogpt.core.backend.Backend] allocates and runs
/// them. Immutable.
public final class Model {
    /// What the name of a layer that an adapter keeps as a whole has beside the model's own: both
    /// start alike.
    private static final Pattern OF_ADAPTER =
            Pattern.compile("\\.modules_to_save(\\.[A-Za-z0-9_-]+)?(?=\\.(weight|bias)$)");

    private final ModelConfig config;
    private final DType weights;
    private final DType cache;
    private final int context;
    private final String prefix;
    private final boolean apart;
    private final @Nullable LoraAdapter adapter;
    private final ParameterTable parameters;
    private final Graph graph;

    public Model(ModelConfig config) {
        this(config, DType.F32, DType.F32, config.architecture().context(), "", false, null);
    }

    /// A model of GPT-2's or GPT-Neo's family.
    public Model(GptConfig config) {
        this(config.model());
    }

    private Model(
            ModelConfig config,
            DType weights,
            DType cache,
            int context,
            String prefix,
            boolean apart,
            @Nullable LoraAdapter adapter) {
        this.config = config;
        this.weights = weights;
        this.cache = cache;
        this.context = context;
        this.prefix = prefix;
        this.apart = apart;
        this.adapter = adapter;
        Architecture architecture = config.architecture();
        this.parameters =
                new ParameterTable(
                        architecture,
                        config.family(),
                        config.task(),
                        weights,
                        prefix,
                        apart,
                        adapter);
        this.graph =
                new Graph(
                        parameters,
                        Constants.of(architecture, context, prefix),
                        programName(""),
                        cache);
    }

    /// What a program, or a cache, is called in a session.
    private String programName(String name) {
        return adapter == null || adapter.name().isEmpty()
                ? prefix + name
                : prefix + adapter.name() + "." + name;
    }

    /// The same model with its matrices held in another type.
    ///
    /// @param type F32, or one for less memory to read for each token, with which the model can be
    ///   evaluated and sampled, but not trained: BF16, Q8_0, Q4_0. Matrices whose rows are no whole
    ///   blocks of a quantized type stay F32 ([#unquantized]), and so do tables of positions and
    ///   token types
    public Model withWeights(DType type) {
        if (type == DType.I32) {
            throw new IllegalArgumentException(
                    "weights are I32; expected F32, BF16, Q8_0 or Q4_0, for which values are"
                            + " rounded");
        }
        return new Model(config, type, cache, context, prefix, apart, adapter);
    }

    /// The same model with its keys and values held in another type while it generates.
    ///
    /// @param type F32, BF16, or Q8_0 where a head has a multiple of 32 channels; keys and values
    ///   are rounded when they are put into the cache
    public Model withCache(DType type) {
        int size = architecture().attention().headSize();
        if (type != DType.F32 && type != DType.BF16 && type != DType.Q8_0) {
            throw new IllegalArgumentException(
                    "a cache of %s was asked for; expected F32, BF16 or Q8_0".formatted(type));
        }
        if (size % type.blockElements() != 0) {
            throw new IllegalArgumentException(
                    ("a cache of %s was asked for, which needs heads of a multiple of %d channels;"
                                    + " this model's have %d, so choose BF16 or F32")
                            .formatted(type, type.blockElements(), size));
        }
        return new Model(config, weights, type, context, prefix, apart, adapter);
    }

    /// The matrices that stay F32 although a quantized type was asked for, because their rows are
    /// no whole blocks.
    public List<Parameter> unquantized() {
        return baseParameters().stream()
                .filter(p -> p.spec().shape().rank() == 2 && p.spec().dtype() == DType.F32)
                .filter(p -> p.spec().shape().columns() % weights.blockElements() != 0)
                .toList();
    }

    /// The same model for sequences up to a length: caches and tables hold no more positions.
    ///
    /// @param positions from 1 to the architecture's context
    public Model withContext(int positions) {
        int most = config.architecture().context();
        if (positions < 1 || positions > most) {
            throw new IllegalArgumentException(
                    "a context of %d positions was asked for; the model is made for 1 to %d"
                            .formatted(positions, most));
        }
        return new Model(config, weights, cache, positions, prefix, apart, adapter);
    }

    /// The same model under other names, so that two models, or a model and its copy, may share a
    /// session: parameters, caches and programs are called `PREFIX` and then what they are called
    /// without it.
    public Model withPrefix(String newPrefix) {
        return new Model(config, weights, cache, context, newPrefix, apart, adapter);
    }

    /// The same model with a new low-rank adapter.
    ///
    /// @throws IllegalArgumentException where a target is no linear layer of the model
    public Model with(LoraConfig lora) {
        return with(LoraAdapter.of(config, lora));
    }

    /// The same model with an adapter in place of the one that it has. Its own weights keep their
    /// names, so that several adapters of one model may share a session: each has a name, with
    /// which its parameters, caches and programs are called.
    public Model with(LoraAdapter newAdapter) {
        boolean threeLayers = apart || newAdapter.apart();
        return new Model(config, weights, cache, context, prefix, threeLayers, newAdapter);
    }

    /// The same model without its adapter, whose weights may be those of the same session.
    public Model base() {
        return new Model(config, weights, cache, context, prefix, apart, null);
    }

    /// The same model with queries, keys and values as layers of their own where its files have
    /// them as one, so that they can be trained differently. Models without an adapter are written
    /// as their files have them by [#asStored].
    public Model withQueriesApart() {
        return new Model(config, weights, cache, context, prefix, true, adapter);
    }

    /// The weights of this model as the model of its configuration alone has them: queries, keys
    /// and values that are apart here are one where the files have them so.
    ///
    /// @param own reads the weights of this model
    public WeightReader asStored(WeightReader own) {
        boolean joins = apart && config.family().fusesQueryKeyValue();
        return joins ? new JoinedRows(this, own) : own;
    }

    /// The adapter, null where there is none.
    public @Nullable LoraAdapter adapter() {
        return adapter;
    }

    /// What the model is.
    public ModelConfig config() {
        return config;
    }

    /// What the model computes.
    public Architecture architecture() {
        return config.architecture();
    }

    /// What the names of parameters, caches and programs begin with; empty where nothing was said.
    public String prefix() {
        return prefix;
    }

    /// The longest sequence of a session.
    public int context() {
        return context;
    }

    /// All parameters, in the order of the family's files; those of the adapter come last.
    public List<Parameter> parameters() {
        return parameters.all();
    }

    /// The parameters that are not the adapter's.
    public List<Parameter> baseParameters() {
        return parameters.base();
    }

    /// The parameters of the adapter, none where there is none.
    public List<Parameter> adapterParameters() {
        return parameters.adapter().stream().map(AdaptedParameter::parameter).toList();
    }

    /// The parameters of the adapter, and what each of them does.
    List<AdaptedParameter> adapted() {
        return parameters.adapter();
    }

    /// Number of weights, a tied head counted once.
    public long parameterCount() {
        return parameters().stream().mapToLong(p -> p.spec().elements()).sum();
    }

    /// Writes the values that parameters start with, and the constants.
    public void initialize(Session session, long seed) {
        initialize(session, seed, baseParameters());
        initializeAdapter(session, seed);
        writeConstants(session);
    }

    /// Writes the values that the parameters of the adapter start with: with them the model
    /// computes what it computes without the adapter.
    public void initializeAdapter(Session session, long seed) {
        initialize(session, seed, adapterParameters());
    }

    private void initialize(Session session, long seed, List<Parameter> some) {
        for (Parameter parameter : some) {
            TensorSpec spec = parameter.spec();
            boolean optional = parameter.part() == null || parameter.part().inHead();
            if (optional && !session.holds(spec)) {
                continue; // a head that no program of the session computes
            }
            initialize(session, parameter, seed);
        }
    }

    /// Writes the values that one parameter starts with.
    void initialize(Session session, Parameter parameter, long seed) {
        TensorSpec spec = parameter.spec();
        for (int slice = 0; slice < spec.slices(); slice++) {
            String name = spec.sliceName(slice).substring(prefix.length());
            name = OF_ADAPTER.matcher(name).replaceFirst("");
            float[] values = parameter.initialization().values(seed, name, spec.shape());
            session.writeFloats(spec, slice, values);
        }
    }

    /// Writes what programs read beside weights and batches and never changes, such as windows and
    /// rotary angles. A session needs it once. [#initialize] and [StoredModel#load] do it; who
    /// writes weights one by one calls it too.
    public void writeConstants(Session session) {
        graph.constants().write(session);
    }

    /// The program `accumulate` of full rows that predict the next token, with all parameters
    /// trained, or those of the adapter.
    ///
    /// @param sequences B
    /// @param positions T, at most [#context]
    public LossProgram accumulate(int sequences, int positions) {
        return accumulate(
                "accumulate",
                TokenPrediction.PLAIN,
                BatchForm.full(sequences, positions),
                Trainable.of(this));
    }

    /// A program that computes the losses of a batch with dropout, and adds their gradients to
    /// those there are.
    ///
    /// @throws IllegalStateException where weights are not F32
    public LossProgram accumulate(
            String name, Objective objective, BatchForm form, Trainable trainable) {
        requireTrainable(trainable);
        boolean adapterDrops = adapter != null && adapter.dropout() > 0;
        boolean dropout = architecture().dropout().any() || adapterDrops;
        LossProgram forward = loss(name, objective, form, dropout, trainable);
        Program program =
                Autodiff.gradients(
                        forward.program(),
                        forward.loss().whole(),
                        forward.gradientScale().whole(),
                        trainable::gradientOf);
        return forward.with(program);
    }

    /// The program `evaluate` of full rows that predict the next token.
    public LossProgram evaluate(int sequences, int positions) {
        return evaluate("evaluate", TokenPrediction.PLAIN, BatchForm.full(sequences, positions));
    }

    /// A program that computes the losses of a batch without dropout.
    public LossProgram evaluate(String name, Objective objective, BatchForm form) {
        return loss(name, objective, form, false, null);
    }

    private LossProgram loss(
            String name,
            Objective objective,
            BatchForm form,
            boolean dropout,
            @Nullable Trainable trainable) {
        Graph.Loss loss =
                graph.loss(
                        programName(name),
                        objective,
                        form.sequences(),
                        form.positions(),
                        form.spans(),
                        dropout,
                        trainable == null ? Collections.emptySortedSet() : trainable.borders());
        return new LossProgram(
                loss.program(),
                loss.inputs(),
                loss.losses().inputs(),
                loss.losses().outputs(),
                loss.rng(),
                input(programName(name) + ".gradientScale", 1),
                loss.sum(),
                loss.count());
    }

    /// The program `update` of all parameters, or those of the adapter.
    ///
    /// @param settings decay applies to matrices only
    /// @param gradClip largest norm of all gradients together, 0 for no clipping
    public UpdateProgram update(AdamW.Settings settings, double gradClip) {
        return update("update", Trainable.of(this), settings, gradClip);
    }

    /// A program that makes one optimizer step from the accumulated gradients, which become zero.
    ///
    /// @param gradClip largest norm of all gradients together, 0 for no clipping
    /// @throws IllegalStateException where weights are not F32
    public UpdateProgram update(
            String name, Trainable trainable, AdamW.Settings settings, double gradClip) {
        requireTrainable(trainable);
        String own = programName(name);
        Map<Double, TensorSpec> schedules = new LinkedHashMap<>();
        for (Trainable.Trained trained : trainable.parameters()) {
            schedules.computeIfAbsent(
                    trained.rateScale(),
                    rateScale ->
                            input(own + ".schedule" + (rateScale == 1 ? "" : "." + rateScale), 3));
        }
        TensorSpec norm = output(own + ".norm");
        TensorSpec scale = output(own + ".scale");
        Program program =
                Program.builder(own)
                        .once(
                                "optimizer",
                                ops -> {
                                    List<Tensor> gradients =
                                            trainable.gradientSpecs().stream()
                                                    .map(TensorSpec::whole)
                                                    .toList();
                                    ops.accept(new GradientNorm(gradients, norm.whole()));
                                    ops.accept(
                                            new ClipScale(norm.whole(), scale.whole(), gradClip));
                                    for (Trainable.Trained t : trainable.parameters()) {
                                        TensorSpec schedule =
                                                Objects.requireNonNull(
                                                        schedules.get(t.rateScale()));
                                        step(ops, t, scale, schedule, settings);
                                    }
                                })
                        .build();
        return new UpdateProgram(program, Map.copyOf(schedules), norm, scale, settings);
    }

    /// A program that makes the part of an optimizer step that one of several processes makes.
    ///
    /// @param gradClip largest norm of all gradients together, 0 for no clipping
    /// @param from first element of the part, counted through all trained weights
    /// @param to behind its last element; may be `from`
    /// @throws IllegalArgumentException where there are no such elements
    /// @throws IllegalStateException where weights are not F32
    public DividedUpdate update(
            String name,
            Trainable trainable,
            AdamW.Settings settings,
            double gradClip,
            long from,
            long to) {
        requireTrainable(trainable);
        return DividedUpdate.of(programName(name), trainable, settings, gradClip, from, to);
    }

    private static void step(
            Consumer<Op> ops,
            Trainable.Trained trained,
            TensorSpec scale,
            TensorSpec schedule,
            AdamW.Settings settings) {
        Tensor gradient = trained.gradient().whole();
        List<TensorSpec> moments = trained.moments();
        ops.accept(
                new AdamW(
                        trained.weight(),
                        gradient,
                        moments.get(0).whole(),
                        moments.get(1).whole(),
                        scale.whole(),
                        schedule.whole(),
                        trained.decays() ? settings : settings.withoutDecay()));
        ops.accept(new Zero(gradient));
    }

    private void requireTrainable(Trainable trainable) {
        for (Trainable.Trained trained : trainable.parameters()) {
            TensorSpec spec = trained.parameter().spec();
            if (spec.dtype() != DType.F32) {
                throw new IllegalStateException(
                        "this model holds %s as %s, to be read only; train one that holds it as F32"
                                .formatted(spec.name(), spec.dtype()));
            }
        }
    }

    /// A program that computes the logits of every position of whole sequences, without a cache.
    public LogitsProgram logits(String name, int sequences, int positions) {
        return logits(name, BatchForm.full(sequences, positions));
    }

    /// A program that computes the logits of every position of a batch, without a cache.
    public LogitsProgram logits(String name, BatchForm form) {
        requireTokenHead();
        Graph.States states =
                graph.logits(programName(name), form.sequences(), form.positions(), form.spans());
        return new LogitsProgram(states.program(), states.inputs(), states.output(), null);
    }

    /// A program that computes the hidden states of a batch, behind the last norm.
    public HiddenProgram hidden(String name, BatchForm form) {
        Graph.States states =
                graph.hidden(programName(name), form.sequences(), form.positions(), form.spans());
        return new HiddenProgram(states.program(), states.inputs(), states.output());
    }

    /// A program that reads new tokens into the key-value cache, computes the logits of one row a
    /// sequence and draws a token from them, the most likely one unless told otherwise. All such
    /// programs of a session share one cache.
    ///
    /// @param sequences B, at most `slots`
    /// @param positions T, new tokens a sequence
    /// @param slots sequences that the cache holds, [#context] positions each
    /// @throws IllegalArgumentException for a model that is not causal
    public LogitsProgram cached(String name, int sequences, int positions, int slots) {
        return cached(name, sequences, positions, slots, sequences);
    }

    /// As [#cached(String, int, int, int)], for several rows of a sequence, or all, as in finding
    /// out how likely the tokens of a prompt are.
    ///
    /// @param rows R, whose logits are asked for, from 1 to `sequences * positions`
    public LogitsProgram cached(String name, int sequences, int positions, int slots, int rows) {
        requireNext();
        Graph.Cached cached = graph.cached(programName(name), sequences, positions, slots, rows);
        return new LogitsProgram(
                cached.program(),
                cached.inputs(),
                cached.logits(),
                new LogitsProgram.Last(
                        cached.slots(),
                        cached.rows(),
                        cached.keys(),
                        cached.settings(),
                        cached.ids()));
    }

    /// A program that reads new tokens into the key-value cache that all such programs of a session
    /// share, and says of each how likely a target behind it is.
    ///
    /// @param sequences B, at most `slots`
    /// @param positions T, new tokens a sequence
    /// @param slots sequences that the cache holds, [#context] positions each
    /// @throws IllegalArgumentException for a model that is not causal
    public ScoreProgram scored(String name, int sequences, int positions, int slots) {
        requireNext();
        Graph.Scored scored = graph.scored(programName(name), sequences, positions, slots);
        return new ScoreProgram(
                scored.program(),
                scored.inputs(),
                scored.slots(),
                scored.targets(),
                scored.losses(),
                scored.best());
    }

    private void requireNext() {
        if (!architecture().attention().causal()) {
            throw new IllegalArgumentException(
                    "a %s model sees what comes after a token, so it cannot continue a text"
                            .formatted(config.family().modelType()));
        }
        requireTokenHead();
    }

    /// A tied head that is the embedding and nothing else is always there.
    private void requireTokenHead() {
        boolean embedding =
                architecture().embedding().tied()
                        && architecture().head().transform() == null
                        && !architecture().head().bias();
        if (!embedding && !(config.task() instanceof Task.Tokens)) {
            throw new IllegalArgumentException(
                    "this model is a %s, which has no head for tokens; expected a %s"
                            .formatted(
                                    config.family().architectureClass(config.task()),
                                    config.family().architectureClass(new Task.Tokens())));
        }
    }

    private static TensorSpec input(String name, int size) {
        return new TensorSpec(name, Shape.of(size), DType.F32, Role.INPUT);
    }

    private static TensorSpec output(String name) {
        return new TensorSpec(name, Shape.of(1), DType.F32, Role.OUTPUT);
    }
}
