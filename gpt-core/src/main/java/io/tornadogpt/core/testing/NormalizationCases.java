package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.RmsNorm;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Layer and root-mean-square normalization and softmax: reductions along rows and, for gradients
/// of weights, down columns.
final class NormalizationCases {
    /// Rows and columns.
    private static final int[][] SIZES = {
        {1, 1},
        {3, 2},
        {2, 3},
        {5, 7},
        {1, 8},
        {7, 15},
        {16, 16},
        {3, 17},
        {33, 31},
        {2, 33},
        {65, 63},
        {17, 64},
        {1, 65},
        {9, 100},
        {31, 127},
        {129, 129},
        {300, 5},
        {64, 384},
        {17, 768}
    };

    /// Rows, runs of a row, and elements of a run.
    private static final int[][] GROUPED = {
        {1, 1, 1}, {3, 2, 2}, {2, 3, 8}, {5, 4, 33}, {17, 6, 64}, {65, 2, 128}
    };

    private static final double EPSILON = 1e-5;

    private final List<OpCase> cases = new ArrayList<>();

    static List<OpCase> all() {
        var list = new NormalizationCases();
        for (int[] size : SIZES) {
            list.layerNorm(size[0], size[1], size[1], Values.normal(), "");
            list.rmsNorm(size[0], size[1], size[1], Values.normal(), "");
            list.softmax(size[0], size[1], Values.normal(), "");
        }
        for (int[] size : GROUPED) {
            int columns = size[1] * size[2];
            list.layerNorm(size[0], columns, size[2], Values.normal(), " run=" + size[2]);
            list.rmsNorm(size[0], columns, size[2], Values.normal(), " run=" + size[2]);
        }
        list.rmsNorm(5, 33, 33, Values.of(0), " zeros");
        list.rmsNorm(5, 129, 129, new Values.Normal(0, 1e4), " wide");
        // Fails where the variance is computed as mean(x^2) - mean(x)^2.
        list.layerNorm(5, 129, 129, new Values.Normal(10, 1), " shifted");
        list.layerNorm(5, 33, 33, Values.of(0.25), " constant");
        list.softmax(7, 65, new Values.Normal(0, 40), " wide");
        list.softmax(3, 33, Values.of(88, 90, -200, 1000), " overflowing");
        return list.cases;
    }

    private void layerNorm(int rows, int columns, int run, Values x, String kind) {
        String sizes = "rows=%d columns=%d%s".formatted(rows, columns, kind);
        for (boolean bias : new boolean[] {false, true}) {
            var operands = new Operands();
            LayerNorm forward = forward(operands, rows, columns, run, x, bias);
            cases.add(operands.of(sizes + (bias ? " bias" : ""), forward));
            backward(sizes, rows, columns, run, x, true, bias, false);
            backward(sizes, rows, columns, run, x, true, bias, true);
        }
        backward(sizes, rows, columns, run, x, false, false, false);
    }

    private static LayerNorm forward(
            Operands operands, int rows, int columns, int run, Values x, boolean bias) {
        return new LayerNorm(
                operands.input("x", x, rows, columns),
                operands.parameter("weight", run),
                bias ? operands.parameter("bias", run) : null,
                operands.output("out", rows, columns),
                operands.output("mean", rows * columns / run),
                operands.output("rstd", rows * columns / run),
                EPSILON);
    }

    private void backward(
            String sizes,
            int rows,
            int columns,
            int run,
            Values x,
            boolean trained,
            boolean bias,
            boolean addend) {
        var operands = new Operands();
        LayerNorm forward = forward(operands, rows, columns, run, x, false);
        @Nullable Tensor dWeight = trained ? operands.accumulated("dWeight", run) : null;
        @Nullable Tensor dBias = bias ? operands.accumulated("dBias", run) : null;
        @Nullable Tensor other = addend ? operands.input("addend", rows, columns) : null;
        var backward =
                new LayerNorm.Backward(
                        forward.x(),
                        forward.weight(),
                        forward.mean(),
                        forward.rstd(),
                        operands.input("dOut", rows, columns),
                        operands.output("dX", rows, columns),
                        dWeight,
                        dBias,
                        other);
        String variant =
                (trained ? "" : " frozen") + (bias ? " bias" : "") + (addend ? " addend" : "");
        cases.add(operands.of(sizes + variant, backward, forward));
    }

    private void rmsNorm(int rows, int columns, int run, Values x, String kind) {
        String sizes = "rows=%d columns=%d%s".formatted(rows, columns, kind);
        for (double offset : new double[] {0, 1}) {
            String variant = sizes + (offset == 0 ? "" : " offset");
            var operands = new Operands();
            RmsNorm forward = rmsNorm(operands, rows, columns, run, x, offset);
            cases.add(operands.of(variant, forward));
            for (boolean trained : new boolean[] {false, true}) {
                for (boolean addend : new boolean[] {false, true}) {
                    rmsNormGradient(variant, rows, columns, run, x, offset, trained, addend);
                }
            }
        }
    }

    private static RmsNorm rmsNorm(
            Operands operands, int rows, int columns, int run, Values x, double offset) {
        return new RmsNorm(
                operands.input("x", x, rows, columns),
                operands.parameter("weight", run),
                operands.output("out", rows, columns),
                operands.output("rstd", rows * columns / run),
                EPSILON,
                offset);
    }

    private void rmsNormGradient(
            String variant,
            int rows,
            int columns,
            int run,
            Values x,
            double offset,
            boolean trained,
            boolean addend) {
        var operands = new Operands();
        RmsNorm forward = rmsNorm(operands, rows, columns, run, x, offset);
        @Nullable Tensor dWeight = trained ? operands.accumulated("dWeight", run) : null;
        @Nullable Tensor other = addend ? operands.input("addend", rows, columns) : null;
        var backward =
                new RmsNorm.Backward(
                        forward.x(),
                        forward.weight(),
                        forward.rstd(),
                        operands.input("dOut", rows, columns),
                        operands.output("dX", rows, columns),
                        dWeight,
                        other,
                        offset);
        String what = (trained ? "" : " frozen") + (addend ? " addend" : "");
        cases.add(operands.of(variant + what, backward, forward));
    }

    private void softmax(int rows, int columns, Values x, String kind) {
        String sizes = "rows=%d columns=%d%s".formatted(rows, columns, kind);
        var operands = new Operands();
        var forward =
                new Softmax(
                        operands.input("x", x, rows, columns),
                        operands.output("out", rows, columns));
        cases.add(operands.of(sizes, forward));
        var backward =
                new Softmax.Backward(
                        forward.out(),
                        operands.input("dOut", rows, columns),
                        operands.output("dX", rows, columns));
        cases.add(operands.of(sizes, backward, forward));
    }
}
