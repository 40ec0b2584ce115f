package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Draws programs over square matrices of two sizes: any operation reads anything written so far,
/// in segments that run once or repeat over stacks.
public final class RandomPrograms {
    private final Random random;
    private final boolean differentiable;
    private final List<Tensor> small = new ArrayList<>();
    private final List<Tensor> large = new ArrayList<>();
    private int names;

    private RandomPrograms(long seed, boolean differentiable) {
        this.random = new Random(seed);
        this.differentiable = differentiable;
    }

    /// A program with the inputs `small` and `large` and the outputs `small.out` and `large.out`.
    public static Program draw(long seed, int segments, int ops) {
        return new RandomPrograms(seed, false).draw(segments, ops);
    }

    /// The same of operations that have a gradient, `small` and `large` being parameters. Layers
    /// read those of earlier segments too.
    public static Program drawDifferentiable(long seed, int segments, int ops) {
        return new RandomPrograms(seed, true).draw(segments, ops);
    }

    private Program draw(int segments, int ops) {
        Role role = differentiable ? Role.PARAMETER : Role.INPUT;
        small.add(spec("small", 3, role, 0).whole());
        large.add(spec("large", 5, role, 0).whole());
        Program.Builder builder = Program.builder("random");
        for (int i = 0; i < segments; i++) {
            int repeat = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;
            List<Op> segment = segment(repeat, ops);
            builder.repeat("segment " + i, repeat, list -> segment.forEach(list));
        }
        return builder.once(
                        "end",
                        list -> {
                            list.accept(
                                    new Copy(
                                            any(small),
                                            spec("small.out", 3, Role.OUTPUT, 0).whole()));
                            list.accept(
                                    new Copy(
                                            any(large),
                                            spec("large.out", 5, Role.OUTPUT, 0).whole()));
                        })
                .build();
    }

    /// What is written in a repeat is read in the same layer only, and its last slice afterwards.
    private List<Op> segment(int repeat, int count) {
        var ops = new ArrayList<Op>();
        int before = small.size();
        int beforeLarge = large.size();
        for (int i = 0; i < count; i++) {
            boolean isSmall = random.nextBoolean();
            List<Tensor> known = isSmall ? small : large;
            TensorSpec out = spec("t" + names++, isSmall ? 3 : 5, Role.ACTIVATION, repeat);
            ops.add(op(known, out.layer(), repeat));
            known.add(out.layer());
        }
        lastSlices(small, before, repeat);
        lastSlices(large, beforeLarge, repeat);
        return ops;
    }

    private static void lastSlices(List<Tensor> known, int from, int repeat) {
        for (int i = from; i < known.size(); i++) {
            known.set(i, known.get(i).spec().at(repeat - 1));
        }
    }

    private Op op(List<Tensor> known, Tensor out, int repeat) {
        Tensor x = any(known, repeat);
        Tensor y = any(known, repeat);
        return switch (random.nextInt(7)) {
            case 0, 1 -> new Add(x, y, out);
            case 2 -> new Activation(x, out, Activation.Function.GELU_TANH);
            case 3 ->
                    differentiable
                            ? new Activation(x, out, Activation.Function.GELU)
                            : new Activation.Backward(x, y, out, Activation.Function.GELU);
            case 4 -> new Softmax(x, out);
            case 5 ->
                    new MatMul(x, y, out, random.nextBoolean(), random.nextBoolean(), false)
                            .with(out, epilogue(known));
            default -> layerNorm(x, out, repeat);
        };
    }

    private MatMul.Epilogue epilogue(List<Tensor> known) {
        return differentiable || random.nextBoolean()
                ? MatMul.Epilogue.NONE
                : MatMul.Epilogue.NONE.withAddend(any(known));
    }

    private LayerNorm layerNorm(Tensor x, Tensor out, int repeat) {
        TensorSpec mean =
                new TensorSpec(
                        "mean" + names, Shape.of(x.rows()), DType.F32, Role.ACTIVATION, repeat);
        TensorSpec weight =
                new TensorSpec(
                        "weight" + x.columns(), Shape.of(x.columns()), DType.F32, Role.INPUT);
        TensorSpec rstd = mean.as("rstd" + names, Role.ACTIVATION);
        return new LayerNorm(x, weight.whole(), null, out, mean.layer(), rstd.layer(), 1e-5);
    }

    private Tensor any(List<Tensor> known, int repeat) {
        Tensor tensor = any(known);
        boolean sameLayers = repeat > 1 && tensor.spec().layers() == repeat;
        return differentiable && sameLayers && random.nextBoolean()
                ? tensor.spec().layer()
                : tensor;
    }

    private Tensor any(List<Tensor> known) {
        // Rather something recent: lifetimes of different lengths.
        int back = (int) Math.min(known.size() - 1, Math.abs(random.nextGaussian() * 3));
        return known.get(known.size() - 1 - back);
    }

    private static TensorSpec spec(String name, int size, Role role, int layers) {
        return new TensorSpec(name, Shape.of(size, size), DType.F32, role, layers);
    }
}
