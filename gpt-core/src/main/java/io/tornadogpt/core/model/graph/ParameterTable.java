package io.tornadogpt.core.model.graph;

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
    private final Map<String, Parameter> table = new LinkedHashMap<>();

    /// @param weights type of matrices; vectors are F32
    /// @param prefix of all names, so that two models may share a session; empty for none
    public ParameterTable(
            Architecture architecture, Family family, Task task, DType weights, String prefix) {
        this.architecture = architecture;
        this.family = family;
        this.weights = weights;
        this.prefix = prefix;
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
    }

    /// All parameters, in the order of the model.
    public List<Parameter> all() {
        return new ArrayList<>(table.values());
    }

    public Architecture architecture() {
        return architecture;
    }

    /// The weight of a layer.
    public Tensor weight(Part part) {
        String name = name(part) + ".weight";
        Parameter parameter = table.get(name);
        if (parameter == null) {
            throw new IllegalStateException("no parameter " + name + " in " + table.keySet());
        }
        return sliced(parameter.spec());
    }

    /// The bias of a layer, or null where it has none.
    public @Nullable Tensor bias(Part part) {
        Parameter bias = table.get(name(part) + ".bias");
        return bias == null ? null : sliced(bias.spec());
    }

    /// The weight of the output head, `[V, C]`.
    public Tensor head() {
        return weight(architecture.embedding().tied() ? Part.TOKEN_EMBEDDING : Part.HEAD);
    }

    private static Tensor sliced(TensorSpec spec) {
        return spec.stacked() ? spec.layer() : spec.whole();
    }

    private String name(Part part) {
        return prefix + family.module(part);
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
        if (family.fusesQueryKeyValue()) {
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
            case Task.Labels(int labels, Task.Pooling _) -> {
                switch (head.labels().layer()) {
                    case NONE -> {}
                    case POOLER -> linear(Part.POOLER, width, width, DEVIATION, true);
                    case OWN -> linear(Part.CLASSIFIER_TRANSFORM, width, width, DEVIATION, true);
                    case TRANSFORM -> transform(head);
                }
                linear(Part.CLASSIFIER, labels, width, DEVIATION, head.labels().bias());
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
        add(part, ".weight", Shape.of(rows, columns), weights, initialization);
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
