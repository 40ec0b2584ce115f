package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.GatedActivation;
import io.tornadogpt.core.op.Rotary;
import io.tornadogpt.core.op.Scale;
import io.tornadogpt.core.op.SoftCap;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Sums, copies, activations, rotations and dropout.
final class ElementwiseCases {
    /// Rows and columns.
    private static final int[][] SIZES = {
        {1, 1}, {1, 2}, {1, 3}, {3, 7}, {2, 8}, {7, 15}, {1, 16}, {5, 17}, {3, 31}, {5, 33},
        {16, 63}, {8, 64}, {3, 65}, {7, 100}, {2, 127}, {33, 129}, {1, 1000}, {257, 3}, {64, 384}
    };

    /// Where activations are hard: signed zero, tiny, where it dies out, where its cube overflows.
    private static final Values HARD =
            Values.of(
                    0, -0.0, 1e-30, -1e-30, 1e-8, -1e-8, 0.5, -0.5, -0.75179, 1, -1, 3, -3, 5, -5,
                    6, -6, 10, -10, 13, -13, 100, -100, 1e4, -1e4, 1e15, -1e15);

    /// B, T, heads, head size, turned elements of a head, columns behind the heads, and the row of
    /// the table at which the angles begin.
    private static final int[][] ROTATED = {
        {1, 1, 1, 2, 2, 0, 0},
        {2, 3, 2, 8, 8, 0, 0},
        {2, 3, 4, 8, 4, 0, 0},
        {1, 5, 3, 16, 4, 7, 0},
        {2, 7, 4, 33, 32, 33, 5},
        {1, 17, 2, 64, 64, 0, 3},
        {1, 9, 6, 64, 16, 128, 0},
        {3, 33, 1, 128, 128, 0, 0}
    };

    private final List<OpCase> cases = new ArrayList<>();

    static List<OpCase> all() {
        var list = new ElementwiseCases();
        for (int[] size : SIZES) {
            list.sums(size[0], size[1]);
            list.copies(size[0], size[1]);
            for (Activation.Function function : Activation.Function.values()) {
                list.activation(size[0], size[1], Values.normal(), function, "");
                list.gated(size[0], size[1], Values.normal(), function, "");
            }
            list.scale(size[0], size[1], -1.75);
            list.cap(size[0], size[1], Values.normal(), 1.5, "");
            list.dropout(size[0], size[1], 0.1, 3);
        }
        for (Activation.Function function : Activation.Function.values()) {
            list.activation(1, 27, HARD, function, " hard");
            list.activation(9, 65, new Values.Normal(0, 5), function, " wide");
            list.gated(1, 27, HARD, function, " hard");
            list.gated(9, 65, new Values.Normal(0, 5), function, " wide");
        }
        list.cap(1, 27, HARD, 30, " hard");
        list.cap(9, 65, new Values.Normal(0, 100), 30, " wide");
        list.rotary();
        for (double probability : new double[] {0, 0.001, 0.5, 0.9}) {
            list.dropout(33, 129, probability, 0);
        }
        list.wholeStack();
        return list.cases;
    }

    private void sums(int rows, int columns) {
        String sizes = "rows=%d columns=%d".formatted(rows, columns);
        var add = new Operands();
        cases.add(
                add.of(
                        sizes,
                        new Add(
                                add.input("a", rows, columns),
                                add.input("b", rows, columns),
                                add.output("out", rows, columns))));
        var bias = new Operands();
        cases.add(
                bias.of(
                        sizes,
                        new AddBias(
                                bias.input("x", rows, columns),
                                bias.parameter("bias", columns),
                                bias.output("out", rows, columns))));
        var backward = new Operands();
        cases.add(
                backward.of(
                        sizes,
                        new AddBias.Backward(
                                backward.input("dOut", rows, columns),
                                backward.accumulated("dBias", columns))));
    }

    private void copies(int rows, int columns) {
        String sizes = "rows=%d columns=%d".formatted(rows, columns);
        var copy = new Operands();
        cases.add(
                copy.of(
                        sizes,
                        new Copy(
                                copy.input("x", rows, columns),
                                copy.output("out", rows, columns))));
        var zero = new Operands();
        cases.add(zero.of(sizes, new Zero(zero.accumulated("x", rows, columns))));
    }

    /// The whole of a stacked gradient, as the optimizer zeroes it.
    private void wholeStack() {
        var spec = new TensorSpec("x", Shape.of(3, 17), DType.F32, Role.GRADIENT, 3);
        var values = Map.of("x", Values.normal());
        cases.add(new OpCase("Zero whole stack", new Zero(spec.whole()), null, values, 1));
    }

    private void activation(
            int rows, int columns, Values x, Activation.Function function, String kind) {
        String variant = "rows=%d columns=%d %s%s".formatted(rows, columns, function, kind);
        var forward = new Operands();
        cases.add(
                forward.of(
                        variant,
                        new Activation(
                                forward.input("x", x, rows, columns),
                                forward.output("out", rows, columns),
                                function)));
        var backward = new Operands();
        cases.add(
                backward.of(
                        variant,
                        new Activation.Backward(
                                backward.input("x", x, rows, columns),
                                backward.input("dOut", rows, columns),
                                backward.output("dX", rows, columns),
                                function)));
    }

    private void gated(
            int rows, int columns, Values gate, Activation.Function function, String kind) {
        String variant = "rows=%d columns=%d %s%s".formatted(rows, columns, function, kind);
        var forward = new Operands();
        cases.add(
                forward.of(
                        variant,
                        new GatedActivation(
                                forward.input("gate", gate, rows, columns),
                                forward.input("up", rows, columns),
                                forward.output("out", rows, columns),
                                function)));
        var backward = new Operands();
        cases.add(
                backward.of(
                        variant,
                        new GatedActivation.Backward(
                                backward.input("gate", gate, rows, columns),
                                backward.input("up", rows, columns),
                                backward.input("dOut", rows, columns),
                                backward.output("dGate", rows, columns),
                                backward.output("dUp", rows, columns),
                                function)));
    }

    private void scale(int rows, int columns, double factor) {
        var operands = new Operands();
        cases.add(
                operands.of(
                        "rows=%d columns=%d factor=%s".formatted(rows, columns, factor),
                        new Scale(
                                operands.input("x", rows, columns),
                                operands.output("out", rows, columns),
                                factor)));
    }

    private void cap(int rows, int columns, Values x, double cap, String kind) {
        String variant = "rows=%d columns=%d cap=%s%s".formatted(rows, columns, cap, kind);
        var operands = new Operands();
        var forward =
                new SoftCap(
                        operands.input("x", x, rows, columns),
                        operands.output("out", rows, columns),
                        cap);
        cases.add(operands.of(variant, forward));
        var backward =
                new SoftCap.Backward(
                        forward.out(),
                        operands.input("dOut", rows, columns),
                        operands.output("dX", rows, columns),
                        cap);
        cases.add(operands.of(variant, backward, forward));
    }

    /// Halves and neighbours, all of a head and part of it, with columns behind the heads, tables
    /// one behind the other, rows that stay as they are, and back.
    private void rotary() {
        for (int[] size : ROTATED) {
            for (boolean interleaved : new boolean[] {false, true}) {
                for (boolean inverse : new boolean[] {false, true}) {
                    rotary(size, interleaved, inverse);
                }
            }
        }
    }

    private void rotary(int[] size, boolean interleaved, boolean inverse) {
        int heads = size[2];
        int d = size[3];
        int columns = heads * d + size[5];
        var form = new Rotary.Form(heads, d, size[4], interleaved, inverse);
        int rows = size[0] * size[1];
        var operands = new Operands();
        Tensor x = operands.input("x", size[0], size[1], columns);
        Tensor positions = operands.integers("positions", new Values.Integers(-1, 9), rows);
        Tensor table = operands.input("table", new Values.Uniform(-1, 1), 9 + size[6], size[4]);
        @Nullable Tensor first =
                size[6] > 0 ? operands.integers("first", Values.of(size[6]), 1) : null;
        Tensor out = operands.output("out", size[0], size[1], columns);
        String variant =
                "b=%d t=%d h=%d d=%d size=%d%s%s%s%s"
                        .formatted(
                                size[0],
                                size[1],
                                heads,
                                d,
                                size[4],
                                size[5] > 0 ? " behind=" + size[5] : "",
                                size[6] > 0 ? " first=" + size[6] : "",
                                interleaved ? " interleaved" : "",
                                inverse ? " inverse" : "");
        cases.add(operands.of(variant, new Rotary(x, positions, table, first, out, form)));
    }

    private void dropout(int rows, int columns, double probability, int id) {
        var operands = new Operands();
        Tensor x = operands.input("x", rows, columns);
        Tensor out = operands.output("out", rows, columns);
        var mask = new Dropout.Mask(probability, operands.rng(), id);
        cases.add(
                operands.of(
                        "rows=%d columns=%d p=%s".formatted(rows, columns, probability),
                        new Dropout(x, out, mask)));
    }
}
