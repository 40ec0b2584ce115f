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
    /// above -1e30, or one is NaN or positive infinity. 3 KiB of local memory. 4 bytes an element.
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
        int[] broken = context.allocateIntLocalArray(RowGroups.LARGEST);
        values[item] = RowGroups.LOWEST;
        positions[item] = -1;
        broken[item] = 0;
        for (int c = item; c < columns; c += context.localGroupSizeX) {
            float value = x.get(xRow + c);
            // Branches that store, and no choice of values: TornadoVM 5.2 compiles a choice by
            // floats for SPIR-V as if their bits were integers.
            if (value > values[item]) {
                values[item] = value;
                positions[item] = c;
            }
            if (value * 0f != 0f) { // NaN or infinite; negative infinity is as good as any
                if (1f / value == 0f) {
                    if (value > 0f) {
                        broken[item] = 1;
                    }
                } else {
                    broken[item] = 1;
                }
            }
        }
        // Found by every comparison that follows: nothing is larger, and no position comes before.
        if (broken[item] > 0) {
            values[item] = RowGroups.HIGHEST;
            positions[item] = -1;
        }
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
