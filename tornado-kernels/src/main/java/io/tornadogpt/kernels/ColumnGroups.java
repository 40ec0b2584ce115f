package io.tornadogpt.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;

/// Sums down the columns of a matrix: a group sums 32 neighbouring columns, eight work-items a
/// column, each every eighth row.
final class ColumnGroups {
    /// Columns of a group: neighbouring work-items read neighbouring elements.
    static final int COLUMNS = 32;

    /// Work-items that share a column.
    static final int SHARES = 8;

    static final int ITEMS = COLUMNS * SHARES;

    private ColumnGroups() {}

    static WorkerGrid grid(int columns) {
        WorkerGrid grid = new WorkerGrid1D((columns + COLUMNS - 1) / COLUMNS * ITEMS);
        grid.setLocalWork(ITEMS, 1, 1);
        return grid;
    }

    /// The sum of a column's shares, known to the work-item of share 0; 0 to the others. 1 KiB of
    /// local memory.
    static float sum(KernelContext context, float value) {
        float[] parts = context.allocateFloatLocalArray(ITEMS);
        int item = context.localIdx;
        parts[item] = value;
        context.localBarrier();
        float sum = 0f;
        if (item < COLUMNS) {
            for (int share = 0; share < SHARES; share++) {
                sum += parts[share * COLUMNS + item];
            }
        }
        return sum;
    }
}
