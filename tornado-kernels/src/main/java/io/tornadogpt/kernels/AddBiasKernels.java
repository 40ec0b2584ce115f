package io.tornadogpt.kernels;

import io.tornadogpt.core.op.AddBias;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// A bias added to every row, and its gradient.
public final class AddBiasKernels {
    private AddBiasKernels() {}

    /// How [AddBias] is launched.
    public static OpKernels of(AddBias o) {
        return OpKernels.of(
                "addBias",
                (t, g, name) ->
                        g.task(
                                name,
                                AddBiasKernels::addBias,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.bias()),
                                t.place(o.bias()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                o.x().rows(),
                                o.x().columns()));
    }

    /// How [AddBias.Backward] is launched.
    public static OpKernels of(AddBias.Backward o) {
        return OpKernels.of(
                "addBiasBackward",
                addBiasBackwardGrid(o.dOut().columns()),
                (t, g, name) ->
                        g.task(
                                name,
                                AddBiasKernels::addBiasBackward,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floats(o.dBias()),
                                t.place(o.dBias()),
                                o.dOut().rows(),
                                o.dOut().columns()));
    }

    /// `out = x + bias`. One work-item an element. 1 FLOP and 8 bytes an element.
    ///
    /// @param x `[rows, columns]`
    /// @param bias `[columns]`
    /// @param out as `x`; may be `x`
    public static void addBias(
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray bias,
            long biasPlace,
            FloatArray out,
            long outPlace,
            int rows,
            int columns) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int column = 0; column < columns; column++) {
                int element = row * columns + column;
                out.set(
                        Place.start(outPlace, layer) + element,
                        x.get(Place.start(xPlace, layer) + element)
                                + bias.get(Place.start(biasPlace, layer) + column));
            }
        }
    }

    /// The launch of [#addBiasBackward]: 256 work-items for each 32 columns.
    public static WorkerGrid addBiasBackwardGrid(int columns) {
        return ColumnGroups.grid(columns);
    }

    /// `dBias += ` the sum of the rows of `dOut`. 1 KiB of local memory. 1 FLOP and 4 bytes an
    /// element of `dOut`.
    ///
    /// @param dOut `[rows, columns]`
    /// @param dBias `[columns]`, accumulated
    public static void addBiasBackward(
            KernelContext context,
            IntArray layer,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dBias,
            long dBiasPlace,
            int rows,
            int columns) {
        int share = context.localIdx / ColumnGroups.COLUMNS;
        int column =
                context.groupIdx * ColumnGroups.COLUMNS + context.localIdx % ColumnGroups.COLUMNS;
        int dOutStart = Place.start(dOutPlace, layer) + column;
        float sum = 0f;
        if (column < columns) {
            for (int row = share; row < rows; row += ColumnGroups.SHARES) {
                sum += dOut.get(dOutStart + row * columns);
            }
        }
        sum = ColumnGroups.sum(context, sum);
        if (share == 0 && column < columns) {
            int element = Place.start(dBiasPlace, layer) + column;
            dBias.set(element, dBias.get(element) + sum);
        }
    }
}
