package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.model.adapter.LoraAdapter;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Norms.Placement;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.family.Family;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.AdaptedParameter.Kind;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The parameters of a model, named as its family names them.
///
/// Weights start normally distributed with deviation 0.02; the two projections that feed the
/// residual stream with `0.02 / sqrt(2 L)`, so that the stream's variance does not grow with depth
/// (GPT-2). Biases start as zeros, norms as the identity.
///
/// Used by one thread at a time.
public final class ParameterTable {
    private static final double DEVIATION = 0.02;

    private final Architecture architecture;
    private final Family family;
    private final DType weights;
    private final String prefix;
    private final boolean fused;
    private final @Nullable LoraAdapter adapter;
    private final Map<String, Parameter> table = new LinkedHashMap<>();
    private final Map<String, AdaptedParameter> adapted = new LinkedHashMap<>();

    /// Without an adapter, as files have the parameters.
    ///
    /// @param weights type of matrices; vectors are F32, as are matrices that it does not fit
    /// @param prefix of all names, so that two models may share a session; empty for none
    public ParameterTable(
            Architecture architecture, Family family, Task task, DType weights, String prefix) {
        this(architecture, family, task, weights, prefix, false, null);
    }

    /// @param weights type of matrices; vectors are F32, as are matrices that it does not fit
    /// @param prefix of all names, so that two models may share a session; empty for none
    /// @param apart whether queries, keys and values are layers of their own in any case
    /// @param adapter null for none
    public ParameterTable(
            Architecture architecture,
            Family family,
            Task task,
            DType weights,
            String prefix,
            boolean apart,
            @Nullable LoraAdapter adapter) {
        this.architecture = architecture;
        this.family = family;
        this.weights = weights;
        this.prefix = prefix;
        this.fused = family.fusesQueryKeyValue() && !apart;
        this.adapter = adapter;
        embedding();
        attention();
        if (architecture.form() != BlockForm.PARALLEL_ONE_NORM) {
            norm(Part.MLP_NORM, architecture.width());
        }
        mlp();
        if (architecture.norms().last()) {
            norm(Part.FINAL_NORM, architecture.width());
        }
        head(task);
        if (adapter != null) {
            adapt(adapter);
        }
    }

    /// All parameters, in the order of the model, and then those of its adapter.
    public List<Parameter> all() {
        var all = new ArrayList<>(base());
        adapted.values().forEach(own -> all.add(own.parameter()));
        return all;
    }

    /// The parameters of the model without those that an adapter has in their place.
    public List<Parameter> base() {
        return table.entrySet().stream()
                .filter(entry -> !adapted.containsKey(entry.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    /// The parameters of the adapter, none without one.
    public List<AdaptedParameter> adapter() {
        return List.copyOf(adapted.values());
    }

    /// Whether queries, keys and values are one layer.
    public boolean fused() {
        return fused;
    }

    public Architecture architecture() {
        return architecture;
    }

    /// The weight of a layer.
    public Tensor weight(Part part) {
        String name = name(part) + ".weight";
        Parameter parameter = find(name);
        if (parameter == null) {
            throw new IllegalStateException("no parameter " + name + " in " + table.keySet());
        }
        return sliced(parameter.spec());
    }

    /// The bias of a layer, or null where it has none.
    public @Nullable Tensor bias(Part part) {
        Parameter bias = find(name(part) + ".bias");
        return bias == null ? null : sliced(bias.spec());
    }

    /// What the adapter adds to a linear layer.
    ///
    /// @param a `[rank, in]`
    /// @param b `[out, rank]`
    public record LowRank(Tensor a, Tensor b, double scale, double dropout) {}

    /// What the adapter adds to a linear layer, null for nothing.
    public @Nullable LowRank lowRank(Part part) {
        if (adapter == null || !adapter.layers().containsKey(part)) {
            return null;
        }
        LoraAdapter.LowRank layer = adapter.layer(part);
        Parameter a = find(aOf(adapter, layer));
        Parameter b = find(bOf(adapter, part));
        if (a == null || b == null) {
            throw new IllegalStateException("no adapter of " + part + " in " + adapted.keySet());
        }
        return new LowRank(
                sliced(a.spec()), sliced(b.spec()), adapter.scale(layer), adapter.dropout());
    }

    private @Nullable Parameter find(String name) {
        AdaptedParameter own = adapted.get(name);
        return own == null ? table.get(name) : own.parameter();
    }

    private void adapt(LoraAdapter adapter) {
        adapter.layers().forEach((part, layer) -> adapt(adapter, part, layer));
        for (Part part : adapter.saved()) {
            for (String kind : List.of(".weight", ".bias")) {
                Parameter base = table.get(name(part) + kind);
                if (base != null) {
                    String own = name(part) + ".modules_to_save" + named(adapter) + kind;
                    var spec = likeStack(own, base.spec().shape(), base.spec());
                    var parameter = new Parameter(spec, part, base.initialization());
                    adapted.put(
                            name(part) + kind, new AdaptedParameter(parameter, Kind.SAVED, part));
                }
            }
        }
    }

    private void adapt(LoraAdapter adapter, Part part, LoraAdapter.LowRank layer) {
        Parameter base = table.get(name(part) + ".weight");
        if (base == null) {
            throw new IllegalArgumentException(
                    "an adapter of %s, which this model does not have".formatted(part));
        }
        TensorSpec weight = base.spec();
        int in = weight.shape().columns();
        double bound = 1 / Math.sqrt(in); // Kaiming's for a slope of sqrt(5)
        String a = aOf(adapter, layer);
        var start = new Initialization.Uniform(bound);
        adapted.computeIfAbsent(
                a,
                name ->
                        new AdaptedParameter(
                                low(name, weight, layer.rank(), in, start), Kind.A, part));
        String b = bOf(adapter, part);
        int out = weight.shape().rows();
        var zero = new Initialization.Constant(0);
        adapted.put(b, new AdaptedParameter(low(b, weight, out, layer.rank(), zero), Kind.B, part));
    }

    /// A matrix of an adapter, stacked as the weight is that it belongs to.
    private static Parameter low(
            String name, TensorSpec weight, int rows, int columns, Initialization initialization) {
        TensorSpec spec = likeStack(name, Shape.of(rows, columns), weight);
        return new Parameter(spec, null, initialization);
    }

    private static TensorSpec likeStack(String name, Shape shape, TensorSpec like) {
        return new TensorSpec(name, shape, DType.F32, Role.PARAMETER, like.layers(), like.first());
    }

    private String aOf(LoraAdapter adapter, LoraAdapter.LowRank layer) {
        return prefix + layer.module() + ".lora_A" + end(adapter);
    }

    private String bOf(LoraAdapter adapter, Part part) {
        return name(part) + ".lora_B" + end(adapter);
    }

    private static String end(LoraAdapter adapter) {
        return named(adapter) + ".weight";
    }

    private static String named(LoraAdapter adapter) {
        return adapter.name().isEmpty() ? "" : "." + adapter.name();
    }

    /// What one of queries, keys and values is called where files have them as one layer.
    ///
    /// @param fused name of that layer
    public static String apart(String fused, Part part) {
        return fused
                + switch (part) {
                    case QUERY -> ".q";
                    case KEY -> ".k";
                    case VALUE -> ".v";
                    default -> throw new IllegalArgumentException(part + " is none of the three");
                };
    }

    /// The weight of the output head, `[V, C]`.
    public Tensor head() {
        return weight(architecture.embedding().tied() ? Part.TOKEN_EMBEDDING : Part.HEAD);
    }

    private static Tensor sliced(TensorSpec spec) {
        return spec.stacked() ? spec.layer() : spec.whole();
    }

    private String name(Part part) {
        boolean ofThree = part == Part.QUERY || part == Part.KEY || part == Part.VALUE;
        return prefix
                + (ofThree && family.fusesQueryKeyValue()
                        ? apart(family.module(Part.QUERY_KEY_VALUE), part)
                        : family.module(part));
    }

    private void embedding() {
        int width = architecture.width();
        table(Part.TOKEN_EMBEDDING, architecture.vocabulary(), width);
        if (architecture.position() instanceof Position.Learned(int offset)) {
            table(Part.POSITION_EMBEDDING, architecture.context() + offset, width);
        }
        if (architecture.embedding().tokenTypes() > 0) {
            table(Part.TYPE_EMBEDDING, architecture.embedding().tokenTypes(), width);
        }
        if (architecture.norms().onEmbedding()) {
            norm(Part.EMBEDDING_NORM, width);
        }
    }

    private void attention() {
        AttentionShape shape = architecture.attention();
        int width = architecture.width();
        boolean both = architecture.norms().placement() == Placement.BOTH;
        norm(Part.ATTENTION_NORM, width);
        if (fused) {
            int all = shape.width() + 2 * shape.keyValueWidth();
            linear(Part.QUERY_KEY_VALUE, all, width, DEVIATION, shape.queryBias());
        } else {
            linear(Part.QUERY, shape.width(), width, DEVIATION, shape.queryBias());
            linear(Part.KEY, shape.keyValueWidth(), width, DEVIATION, shape.keyBias());
            linear(Part.VALUE, shape.keyValueWidth(), width, DEVIATION, shape.valueBias());
        }
        switch (shape.headNorm()) {
            case NONE -> {}
            case EACH_HEAD -> {
                norm(Part.QUERY_NORM, shape.headSize());
                norm(Part.KEY_NORM, shape.headSize());
            }
            case ALL_HEADS -> {
                norm(Part.QUERY_NORM, shape.width());
                norm(Part.KEY_NORM, shape.keyValueWidth());
            }
        }
        linear(Part.ATTENTION_OUTPUT, width, shape.width(), residual(), shape.outputBias());
        if (both) {
            norm(Part.ATTENTION_POST_NORM, width);
        }
    }

    private void mlp() {
        Mlp mlp = architecture.mlp();
        int width = architecture.width();
        if (mlp instanceof Mlp.Gated) {
            linear(Part.GATE, mlp.hidden(), width, DEVIATION, mlp.bias());
        }
        linear(Part.UP, mlp.hidden(), width, DEVIATION, mlp.bias());
        linear(Part.DOWN, width, mlp.hidden(), residual(), mlp.bias());
        if (architecture.norms().placement() == Placement.BOTH) {
            norm(Part.MLP_POST_NORM, width);
        }
    }

    private void head(Task task) {
        int width = architecture.width();
        Head head = architecture.head();
        switch (task) {
            case Task.HiddenStates _ -> {
                if (head.labels().pooler()) {
                    linear(Part.POOLER, width, width, DEVIATION, true);
                }
            }
            case Task.Labels labels -> {
                switch (head.labels().layer()) {
                    case NONE -> {}
                    case POOLER -> linear(Part.POOLER, width, width, DEVIATION, true);
                    case OWN -> linear(Part.CLASSIFIER_TRANSFORM, width, width, DEVIATION, true);
                    case TRANSFORM -> transform(head);
                }
                linear(Part.CLASSIFIER, labels.labels(), width, DEVIATION, head.labels().bias());
            }
            case Task.Tokens _ -> {
                transform(head);
                if (!architecture.embedding().tied()) {
                    table(Part.HEAD, architecture.vocabulary(), width);
                }
                if (head.bias()) {
                    vector(Part.HEAD, ".bias", 0, architecture.vocabulary());
                }
            }
        }
    }

    private void transform(Head head) {
        Head.Transform transform = head.transform();
        if (transform != null) {
            int width = architecture.width();
            linear(Part.HEAD_TRANSFORM, width, width, DEVIATION, transform.bias());
            norm(Part.HEAD_NORM, width);
        }
    }

    private double residual() {
        return DEVIATION / Math.sqrt(2.0 * architecture.layers());
    }

    private void norm(Part part, int size) {
        Norm kind = architecture.norms().kind();
        vector(part, ".weight", kind.initialWeight(), size);
        if (kind instanceof Norm.Layer(double _, boolean bias) && bias) {
            vector(part, ".bias", 0, size);
        }
    }

    /// Rows that are looked up, or multiplied with like a linear layer's.
    private void table(Part part, int rows, int columns) {
        matrix(part, rows, columns, new Initialization.Normal(DEVIATION));
    }

    private void linear(Part part, int out, int in, double deviation, boolean bias) {
        matrix(part, out, in, new Initialization.NormalByInput(deviation));
        if (bias) {
            vector(part, ".bias", 0, out);
        }
    }

    private void matrix(Part part, int rows, int columns, Initialization initialization) {
        add(part, ".weight", Shape.of(rows, columns), held(weights, part, columns), initialization);
    }

    /// As what a matrix is held. Quantized types need rows of whole blocks; and tables of positions
    /// and token types stay F32, as llama.cpp has them: of those, a token reads one row.
    private static DType held(DType weights, Part part, int columns) {
        boolean oneRow = part == Part.POSITION_EMBEDDING || part == Part.TYPE_EMBEDDING;
        boolean fits = columns % weights.blockElements() == 0;
        return fits && !(oneRow && weights.quantized()) ? weights : DType.F32;
    }

    private void vector(Part part, String kind, float value, int size) {
        add(part, kind, Shape.of(size), DType.F32, new Initialization.Constant(value));
    }

    private void add(
            Part part, String kind, Shape shape, DType type, Initialization initialization) {
        boolean leftOut = part == Part.ATTENTION_NORM && architecture.norms().firstIsIdentity();
        int first = leftOut ? 1 : 0;
        int layers = part.inBlock() ? architecture.layers() - first : 0;
        if (part.inBlock() && layers == 0) {
            return; // of a model of one block whose norm is left out
        }
        String name = name(part) + kind;
        var spec = new TensorSpec(name, shape, type, Role.PARAMETER, layers, first);
        table.put(name, new Parameter(spec, part, initialization));
    }
}
