package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Segment;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.kernels.AdamWKernels;
import io.tornadogpt.kernels.DeviceTensors;
import io.tornadogpt.kernels.Launch;
import io.tornadogpt.kernels.LayerNormKernels;
import io.tornadogpt.kernels.LinearGradientKernels;
import io.tornadogpt.kernels.MatMulKernels;
import io.tornadogpt.kernels.OpKernels;
import io.tornadogpt.kernels.Place;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The launches of a segment's operations, of which some share one: what lies between two launches
/// is time in which a device waits.
///
/// - steps of AdamW with the same settings, two at a time, with the zeroing of their gradients;
/// - a bias's gradient and the product that is its weight's gradient;
/// - the gradients of a linear layer's input and weight, unless they are large;
/// - a product and the gradient of an activation that alone reads it;
/// - both parts of the gradient of a layer norm.
///
/// They are told by what lies where, so that this is no [io.tornadogpt.core.program.Pass].
final class SharedLaunches {
    private final Program program;
    private final List<Op> ops;
    private final Function<Op, OpKernels> lowering;
    private final DeviceTensors tensors;
    private final List<Launch> launches = new ArrayList<>();

    private SharedLaunches(
            Program program,
            List<Op> ops,
            Function<Op, OpKernels> lowering,
            DeviceTensors tensors) {
        this.program = program;
        this.ops = ops;
        this.lowering = lowering;
        this.tensors = tensors;
    }

    /// All launches of a segment, in order. Kernels that were given in place of the library's share
    /// none.
    static List<Launch> of(
            Program program,
            Segment segment,
            Function<Op, OpKernels> lowering,
            DeviceTensors tensors) {
        var shared = new SharedLaunches(program, segment.ops(), lowering, tensors);
        if (lowering == Lowering.OWN) {
            shared.addShared();
        } else {
            segment.ops().forEach(shared::addAlone);
        }
        return shared.launches;
    }

    private void add(OpKernels kernels) {
        launches.addAll(kernels.launches(tensors));
    }

    private void addAlone(Op op) {
        add(lowering.apply(op));
    }

    private void addShared() {
        var rowSums = new IdentityHashMap<MatMul, Tensor>(); // an equal one is another launch
        var pairs = new IdentityHashMap<MatMul, MatMul>(); // by the second of the two
        var later = new IdentityHashMap<Activation.Backward, OpKernels>();
        var products = new IdentityHashMap<Activation.Backward, MatMul>();
        int i = 0;
        while (i < ops.size()) {
            int end = endOfSteps(i);
            if (end > i) {
                addSteps(ops.subList(i, end));
                i = end;
                continue;
            }
            int at = i;
            switch (ops.get(at)) {
                case AddBias.Backward bias -> {
                    MatMul product = weightGradient(bias, i + 1);
                    if (product == null || rowSums.putIfAbsent(product, bias.dBias()) != null) {
                        addAlone(bias);
                    }
                }
                case MatMul product when pairs.containsKey(product) -> {
                    // launched with its partner
                }
                case MatMul product when pair(product, at) != null -> {
                    MatMul weight = (MatMul) ops.get(at + 1);
                    Activation.Backward reader = onlyReader(product, at + 1);
                    if (reader != null && !staysUntil(reader, weight.b(), at + 2)) {
                        reader = null;
                    }
                    pairs.put(weight, product);
                    OpKernels both =
                            LinearGradientKernels.of(product, weight, reader, rowSums.get(weight));
                    if (reader == null) {
                        add(both);
                    } else {
                        later.put(reader, both);
                    }
                }
                case MatMul product when rowSums.containsKey(product) ->
                        add(MatMulKernels.withRowSums(product, rowSums.get(product)));
                case MatMul product -> {
                    Activation.Backward reader = onlyReader(product, at + 1);
                    if (reader == null || products.putIfAbsent(reader, product) != null) {
                        addAlone(product);
                    }
                }
                case Activation.Backward activation when later.containsKey(activation) ->
                        add(later.get(activation));
                case Activation.Backward activation when products.containsKey(activation) ->
                        add(MatMulKernels.withDerivative(products.get(activation), activation));
                case LayerNorm.Backward norm -> addNorm(norm);
                case Op op -> addAlone(op);
            }
            i++;
        }
    }

    /// The product behind a bias's gradient that reads the same, with nothing between them that
    /// changes it or reads the bias's gradient; null where there is none.
    private @Nullable MatMul weightGradient(AddBias.Backward bias, int from) {
        for (Op op : ops.subList(from, ops.size())) {
            if (op instanceof MatMul product
                    && product.transposeA()
                    && product.a().equals(bias.dOut())
                    && MatMulKernels.takesMore(product)) {
                return product;
            }
            boolean changes =
                    op.outputs().stream().anyMatch(t -> sameArray(t, bias.dOut()))
                            || op.inputs().stream().anyMatch(t -> sameArray(t, bias.dBias()))
                            || op.outputs().stream().anyMatch(t -> sameArray(t, bias.dBias()));
            if (changes) {
                return null;
            }
        }
        return null;
    }

    /// The product behind a linear layer's gradient of its input that is that of its weight, if one
    /// launch may compute both; null where there is none.
    private @Nullable MatMul pair(MatMul product, int i) {
        boolean ofInput =
                !product.transposeA()
                        && !product.transposeB()
                        && !product.accumulate()
                        && MatMulKernels.takesMore(product);
        return ofInput
                        && i + 1 < ops.size()
                        && ops.get(i + 1) instanceof MatMul weight
                        && weight.transposeA()
                        && !weight.transposeB()
                        && weight.accumulate()
                        && weight.a().equals(product.a())
                        && MatMulKernels.takesMore(weight)
                        && LinearGradientKernels.serves(product, weight)
                        && tensors.place(weight.out()) == tensors.place(product.b())
                        && !sameArray(product.out(), weight.b())
                        && !sameArray(product.out(), product.a())
                ? weight
                : null;
    }

    /// Whether no operation up to one, itself included, writes into the array of a tensor.
    private boolean staysUntil(Op last, Tensor tensor, int from) {
        for (Op op : ops.subList(from, ops.size())) {
            if (op.outputs().stream().anyMatch(t -> sameArray(t, tensor))) {
                return false;
            }
            if (op == last) {
                return true;
            }
        }
        return false;
    }

    /// The gradient of an activation that alone reads a product, if the product may be computed
    /// there: nothing up to there, itself included, changes what the product reads.
    private Activation.@Nullable Backward onlyReader(MatMul product, int from) {
        Tensor out = product.out();
        if (product.accumulate()
                || !MatMulKernels.takesMore(product)
                || out.spec().role() != Role.ACTIVATION
                || readers(out) != 1) {
            return null;
        }
        for (Op op : ops.subList(from, ops.size())) {
            boolean changes =
                    op.outputs().stream()
                            .anyMatch(t -> sameArray(t, product.a()) || sameArray(t, product.b()));
            if (changes) {
                return null;
            }
            if (op instanceof Activation.Backward activation && activation.dOut().equals(out)) {
                return activation;
            }
        }
        return null;
    }

    /// How many operations of the program read any slice of a tensor.
    private long readers(Tensor tensor) {
        return program.segments().stream()
                .flatMap(segment -> segment.ops().stream())
                .filter(op -> op.inputs().stream().anyMatch(t -> t.spec().equals(tensor.spec())))
                .count();
    }

    private boolean sameArray(Tensor a, Tensor b) {
        return a.dtype() == b.dtype()
                && a.dtype() == DType.F32
                && tensors.floats(a) == tensors.floats(b);
    }

    private void addNorm(LayerNorm.Backward norm) {
        Tensor dWeight = norm.dWeight();
        Tensor dBias = norm.dBias();
        if (dWeight != null
                && dBias != null
                && tensors.place(dWeight) == tensors.place(norm.weight())
                && tensors.place(dBias) == tensors.place(norm.weight())
                && tensors.place(norm.mean()) == tensors.place(norm.rstd())) {
            add(LayerNormKernels.atOnce(norm, dWeight, dBias));
        } else {
            addAlone(norm);
        }
    }

    /// Where the operations end, from the i-th on, that are steps of AdamW and zeroed gradients.
    private int endOfSteps(int i) {
        int end = i;
        while (end < ops.size()
                && (ops.get(end) instanceof AdamW || ops.get(end) instanceof Zero)) {
            end++;
        }
        return ops.get(i) instanceof AdamW ? end : i;
    }

    /// Steps of different parameters may run in any order.
    private void addSteps(List<Op> steps) {
        Map<List<Object>, AdamW> waiting = new LinkedHashMap<>();
        for (int i = 0; i < steps.size(); i++) {
            boolean zeroed =
                    steps.get(i) instanceof AdamW step
                            && i + 1 < steps.size()
                            && steps.get(i + 1).equals(new Zero(step.gradient()));
            if (!zeroed || !isWhole((AdamW) steps.get(i))) {
                addAlone(steps.get(i));
                continue;
            }
            AdamW step = (AdamW) steps.get(i);
            i++;
            List<Object> kind = List.of(step.settings(), step.scale(), step.schedule());
            AdamW other = waiting.remove(kind);
            if (other == null) {
                waiting.put(kind, step);
            } else {
                add(AdamWKernels.ofTwo(other, step));
            }
        }
        for (AdamW step : waiting.values()) {
            addAlone(step);
            addAlone(new Zero(step.gradient()));
        }
    }

    private boolean isWhole(AdamW step) {
        return List.of(step.parameter(), step.gradient(), step.m(), step.v(), step.scale()).stream()
                .allMatch(t -> tensors.place(t) == Place.WHOLE);
    }
}
