package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Gelu;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Sums, copies, GELU and dropout.
final class ElementwiseCases {
    /// Rows and columns.
    private static final int[][] SIZES = {
        {1, 1}, {1, 2}, {1, 3}, {3, 7}, {2, 8}, {7, 15}, {1, 16}, {5, 17}, {3, 31}, {5, 33},
        {16, 63}, {8, 64}, {3, 65}, {7, 100}, {2, 127}, {33, 129}, {1, 1000}, {257, 3}, {64, 384}
    };

    /// Where GELU is hard: signed zero, tiny, where it dies out, where its cube overflows.
    private static final Values HARD =
            Values.of(
                    0, -0.0, 1e-30, -1e-30, 1e-8, -1e-8, 0.5, -0.5, -0.75179, 1, -1, 3, -3, 5, -5,
                    6, -6, 10, -10, 13, -13, 100, -100, 1e4, -1e4, 1e15, -1e15);

    private final List<OpCase> cases = new ArrayList<>();

    static List<OpCase> all() {
        var list = new ElementwiseCases();
        for (int[] size : SIZES) {
            list.sums(size[0], size[1]);
            list.copies(size[0], size[1]);
            for (Gelu.Form form : Gelu.Form.values()) {
                list.gelu(size[0], size[1], Values.normal(), form, "");
            }
            list.dropout(size[0], size[1], 0.1, 3);
        }
        for (Gelu.Form form : Gelu.Form.values()) {
            list.gelu(1, 27, HARD, form, " hard");
            list.gelu(9, 65, new Values.Normal(0, 5), form, " wide");
        }
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

    private void gelu(int rows, int columns, Values x, Gelu.Form form, String kind) {
        String variant = "rows=%d columns=%d %s%s".formatted(rows, columns, form, kind);
        var forward = new Operands();
        cases.add(
                forward.of(
                        variant,
                        new Gelu(
                                forward.input("x", x, rows, columns),
                                forward.output("out", rows, columns),
                                form)));
        var backward = new Operands();
        cases.add(
                backward.of(
                        variant,
                        new Gelu.Backward(
                                backward.input("x", x, rows, columns),
                                backward.input("dOut", rows, columns),
                                backward.output("dX", rows, columns),
                                form)));
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
