package io.tornadogpt.kernels;

import io.tornadogpt.core.op.RowSum;
import io.tornadogpt.core.tensor.Tensor;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The weighted sum of each row, and its gradient.
public final class RowSumKernels {
    private RowSumKernels() {}

    /// How [RowSum] is launched.
    public static OpKernels of(RowSum o) {
        int columns = columns(o.x(), o.out());
        return OpKernels.of(
                "rowSum",
                grid(Math.toIntExact(o.out().elements()), columns),
                (t, g, name) ->
                        g.task(
                                name,
                                RowSumKernels::rowSum,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floatsOr(o.weights(), o.x()),
                                t.placeOrWhole(o.weights()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                columns,
                                o.weights() == null ? 0 : 1));
    }

    /// How [RowSum.Backward] is launched.
    public static OpKernels of(RowSum.Backward o) {
        return OpKernels.of(
                "rowSumBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                RowSumKernels::rowSumBackward,
                                t.layer(),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floatsOr(o.weights(), o.dOut()),
                                t.placeOrWhole(o.weights()),
                                t.floats(o.dX()),
                                t.place(o.dX()),
                                t.elements(o.dOut()),
                                columns(o.dX(), o.dOut()),
                                o.weights() == null ? 0 : 1));
    }

    private static int columns(Tensor x, Tensor sums) {
        return Math.toIntExact(x.elements() / sums.elements());
    }

    /// The launch of [#rowSum]: one group a row.
    public static WorkerGrid grid(int rows, int columns) {
        return RowGroups.grid(rows, columns);
    }

    /// `out = sum(weights * x)` over each row. 1 KiB of local memory. 2 FLOPs and 8 bytes an
    /// element.
    ///
    /// @param x `[rows, columns]`
    /// @param weights as `x`; `x`'s array if `weighted` is 0, and then they are 1
    /// @param out `[rows]`
    /// @param weighted 1 or 0
    public static void rowSum(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray weights,
            long weightsPlace,
            FloatArray out,
            long outPlace,
            int columns,
            int weighted) {
        int row = context.groupIdx;
        int xRow = Place.start(xPlace, layer) + row * columns;
        int weightsRow = Place.start(weightsPlace, layer) + row * columns;
        float sum = 0f;
        for (int c = context.localIdx; c < columns; c += context.localGroupSizeX) {
            float value = x.get(xRow + c);
            if (weighted != 0) {
                value *= weights.get(weightsRow + c);
            }
            sum += value;
        }
        sum = RowGroups.sum(context, sum);
        if (context.localIdx == 0) {
            out.set(Place.start(outPlace, layer) + row, sum);
        }
    }

    /// `dX = weights * dOut` of its row. One work-item and 8 bytes an element.
    ///
    /// @param dOut `[rows]`
    /// @param weights `[rows, columns]`; `dOut`'s array if `weighted` is 0, and then they are 1
    /// @param dX `[rows, columns]`
    /// @param weighted 1 or 0
    public static void rowSumBackward(
            IntArray layer,
            FloatArray dOut,
            long dOutPlace,
            FloatArray weights,
            long weightsPlace,
            FloatArray dX,
            long dXPlace,
            int rows,
            int columns,
            int weighted) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int column = 0; column < columns; column++) {
                int element = row * columns + column;
                float gradient = dOut.get(Place.start(dOutPlace, layer) + row);
                if (weighted != 0) {
                    gradient *= weights.get(Place.start(weightsPlace, layer) + element);
                }
                dX.set(Place.start(dXPlace, layer) + element, gradient);
            }
        }
    }
}
