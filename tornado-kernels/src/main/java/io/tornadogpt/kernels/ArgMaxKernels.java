package io.tornadogpt.kernels;

import io.tornadogpt.core.op.ArgMax;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The position of each row's largest element: greedy decoding without the logits leaving the
/// device.
public final class ArgMaxKernels {
    private ArgMaxKernels() {}

    /// How [ArgMax] is launched.
    public static OpKernels of(ArgMax o) {
        int columns = o.logits().columns();
        return OpKernels.of(
                "argMax",
                grid(o.logits().rows(), columns),
                (t, g, name) ->
                        g.task(
                                name,
                                ArgMaxKernels::argMax,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.logits()),
                                t.place(o.logits()),
                                t.integers(o.ids()),
                                t.place(o.ids()),
                                columns));
    }

    /// The launch of [#argMax]: one group a row.
    public static WorkerGrid grid(int rows, int columns) {
        return RowGroups.grid(rows, columns);
    }

    /// `out[row] = ` the first column that holds the row's largest element; -1 where there is none
    /// above -1e30, or one is NaN or positive infinity. 2 KiB of local memory. 4 bytes an element.
    ///
    /// @param x `[rows, columns]`
    /// @param out `[rows]`
    public static void argMax(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            IntArray out,
            long outPlace,
            int columns) {
        float[] values = context.allocateFloatLocalArray(RowGroups.LARGEST);
        int[] positions = context.allocateIntLocalArray(RowGroups.LARGEST);
        int item = context.localIdx;
        int xRow = Place.start(xPlace, layer) + context.groupIdx * columns;
        float largest = RowGroups.LOWEST;
        int position = -1;
        int broken = 0;
        for (int c = item; c < columns; c += context.localGroupSizeX) {
            float value = x.get(xRow + c);
            if (value > largest) {
                largest = value;
                position = c;
            }
            broken += RowGroups.broken(value);
        }
        // Found by every comparison that follows: nothing is larger, and no position comes before.
        if (broken > 0) {
            largest = RowGroups.HIGHEST;
            position = -1;
        }
        values[item] = largest;
        positions[item] = position;
        for (int half = context.localGroupSizeX / 2; half > 0; half /= 2) {
            context.localBarrier();
            if (item < half) {
                float other = values[item + half];
                int otherPosition = positions[item + half];
                if (other > values[item]
                        || (other == values[item] && otherPosition < positions[item])) {
                    values[item] = other;
                    positions[item] = otherPosition;
                }
            }
        }
        context.localBarrier();
        if (item == 0) {
            out.set(Place.start(outPlace, layer) + context.groupIdx, positions[0]);
        }
    }
}
