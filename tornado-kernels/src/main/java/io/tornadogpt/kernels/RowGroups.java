package io.tornadogpt.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;

/// Sums and maxima over a row by the work-items of one group: a tree in local memory, so the order
/// of additions is the same in every run.
///
/// Each call has local memory of its own: TornadoVM 5.2 computes wrong indices into a local array
/// that is a parameter, even of a method that it inlines.
final class RowGroups {
    /// What stands for minus infinity: fast-math compilers may assume there is no infinity.
    static final float LOWEST = -1e30f;

    /// The largest finite number.
    static final float HIGHEST = 3.4028235e38f;

    /// The most work-items in a group, which any device can run.
    static final int LARGEST = 256;

    private static final int SMALLEST = 32;

    private RowGroups() {}

    /// One group a row, of as many work-items as a row can use: a power of two from 32 to 256.
    static WorkerGrid grid(int rows, int columns) {
        int items = SMALLEST;
        while (items < LARGEST && items < columns) {
            items *= 2;
        }
        WorkerGrid grid = new WorkerGrid1D(rows * items);
        grid.setLocalWork(items, 1, 1);
        return grid;
    }

    /// The sum of the group's values, known to each work-item. 1 KiB of local memory.
    static float sum(KernelContext context, float value) {
        float[] parts = context.allocateFloatLocalArray(LARGEST);
        int item = context.localIdx;
        parts[item] = value;
        for (int half = context.localGroupSizeX / 2; half > 0; half /= 2) {
            context.localBarrier();
            if (item < half) {
                parts[item] += parts[item + half];
            }
        }
        context.localBarrier();
        return parts[0];
    }

    /// The maximum of the group's values, known to each work-item. 1 KiB of local memory.
    static float max(KernelContext context, float value) {
        float[] parts = context.allocateFloatLocalArray(LARGEST);
        int item = context.localIdx;
        parts[item] = value;
        for (int half = context.localGroupSizeX / 2; half > 0; half /= 2) {
            context.localBarrier();
            if (item < half && parts[item + half] > parts[item]) {
                parts[item] = parts[item + half];
            }
        }
        context.localBarrier();
        return parts[0];
    }
}
