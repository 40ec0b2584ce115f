package io.tornadogpt.emulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Kernels that are right, though they look like mistakes. Groups have 8 work-items, `in` and `out`
/// have 16 elements.
public final class TrickyKernels {

    private TrickyKernels() {}

    /// Two tiles take turns, so one barrier a tile is enough.
    public static void doubleBuffering(KernelContext context, FloatArray in, FloatArray out) {
        float[] tiles = context.allocateFloatLocalArray(16);
        int me = context.localIdx;
        float sum = 0f;
        tiles[me] = in.get(me);
        context.localBarrier();
        for (int turn = 0; turn < 4; turn++) {
            int now = (turn & 1) * 8;
            tiles[8 - now + me] = in.get((turn + 1) % 2 * 8 + me);
            for (int i = 0; i < 8; i++) {
                sum += tiles[now + i];
            }
            context.localBarrier();
        }
        out.set(context.globalIdx, sum);
    }

    /// A transposition of rows x columns through a tile of 4 x 2 with a pitch of 3; the edges are
    /// not stored, and so not read.
    public static void raggedTranspose(
            KernelContext context, FloatArray in, FloatArray out, int rows, int columns) {
        float[] tile = context.allocateFloatLocalArray(4 * 3);
        int x = context.localIdx % 2;
        int y = context.localIdx / 2;
        int column = context.groupIdx * 2 + x;
        if (y < rows && column < columns) {
            tile[y * 3 + x] = in.get(y * columns + column);
        }
        context.localBarrier();
        int row = context.localIdx % 4;
        int first = context.localIdx / 4;
        if (row < rows && context.groupIdx * 2 + first < columns) {
            out.set((context.groupIdx * 2 + first) * rows + row, tile[row * 3 + first]);
        }
    }

    /// Neighbours hand elements over in a buffer, behind a global barrier.
    public static void exchange(KernelContext context, FloatArray in, FloatArray out) {
        int me = context.localIdx;
        int base = context.groupIdx * 8;
        in.set(base + me, in.get(base + me) + 1f);
        context.globalBarrier();
        out.set(base + me, in.get(base + (me + 1) % 8));
    }

    /// Reads across groups what the task before has written.
    public static void reverses(KernelContext context, FloatArray in, FloatArray out) {
        out.set(context.globalIdx, in.get(15 - context.globalIdx));
    }

    /// Counts in atomic steps.
    public static void counts(KernelContext context, FloatArray in, IntArray counts) {
        context.atomicAdd(counts, (int) in.get(context.globalIdx) % 4, 1);
    }

    /// Reads what the task before has counted.
    public static void readsCounts(KernelContext context, IntArray counts, FloatArray out) {
        out.set(context.globalIdx, counts.get(context.globalIdx % 4));
    }

    /// Counts in local memory, zeroed before and read after a barrier.
    public static void countsLocally(KernelContext context, FloatArray in, FloatArray out) {
        int[] counts = context.allocateIntLocalArray(4);
        int me = context.localIdx;
        if (me < 4) {
            counts[me] = 0;
        }
        context.localBarrier();
        context.atomicAdd(counts, (int) in.get(context.globalIdx) % 4, 1);
        context.localBarrier();
        out.set(context.globalIdx, counts[me % 4]);
    }

    /// All work-items of a group take the same branch, and only one group waits.
    public static void uniformBranch(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        float value = in.get(context.globalIdx);
        if (context.groupIdx == 1) {
            tile[me] = value;
            context.localBarrier();
            value = tile[7 - me];
        }
        out.set(context.globalIdx, value);
    }

    /// A group takes one of two branches with a barrier each.
    public static void uniformBranches(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        if (context.groupIdx == 1) {
            tile[me] = in.get(context.globalIdx);
            context.localBarrier();
        } else {
            tile[me] = 1f;
            context.localBarrier();
        }
        out.set(context.globalIdx, tile[7 - me]);
    }

    /// Two nested loops, a plain one inside.
    public static void nestedLoops(FloatArray a, FloatArray b, FloatArray c, int n) {
        for (@Parallel int row = 0; row < n; row++) {
            for (@Parallel int column = 0; column < n; column++) {
                float sum = 0f;
                for (int k = 0; k < n; k++) {
                    sum += a.get(row * n + k) * b.get(k * n + column);
                }
                c.set(row * n + column, sum);
            }
        }
    }

    /// Three nested loops, with something between them.
    public static void threeLoops(FloatArray a, FloatArray b, FloatArray c, int n) {
        for (@Parallel int i = 0; i < 2; i++) {
            float factor = a.get(i);
            for (@Parallel int j = 0; j < 2; j++) {
                int start = i * 8 + j * 4;
                for (@Parallel int k = 0; k < n; k++) {
                    c.set(start + k, factor * b.get(start + k));
                }
            }
        }
    }

    /// A second loop reads what the same round of the first one wrote.
    public static void twoLoopsOfOneRound(FloatArray a, FloatArray b, FloatArray c, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            c.set(i, a.get(i) + b.get(i));
        }
        for (@Parallel int i = 0; i < n; i++) {
            c.set(i, c.get(i) * 2f);
        }
    }

    /// In place, each round its own element; a variable of the outside that each round sets first.
    public static void ownElements(FloatArray a, FloatArray b, FloatArray c, int n) {
        float value;
        int step = 3;
        for (@Parallel int i = 0; i < n; i++) {
            value = a.get(i);
            if (value > step) {
                value = step;
            }
            a.set(i, value);
            c.set(i, value + b.get(0));
        }
    }

    /// Rounds that store one constant to one element.
    public static void sameConstant(FloatArray a, FloatArray b, FloatArray c, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            c.set(i % 4, 0f);
            c.set(4 + i % 12, 1f);
            b.set(i, a.get(i));
        }
    }

    /// Everybody reads one element, of local memory and of a buffer.
    public static void broadcast(KernelContext context, FloatArray in, FloatArray out) {
        float[] shared = context.allocateFloatLocalArray(1);
        if (context.localIdx == 0) {
            shared[0] = in.get(0);
        }
        context.localBarrier();
        out.set(context.globalIdx, shared[0] + in.get(1));
    }

    /// Each pair of elements belongs to one work-item, in each stage.
    public static void butterfly(KernelContext context, FloatArray in, FloatArray out) {
        float[] values = context.allocateFloatLocalArray(16);
        int me = context.localIdx;
        values[me] = in.get(context.globalIdx);
        values[me + 8] = 1f;
        for (int distance = 1; distance < 16; distance *= 2) {
            context.localBarrier();
            int low = me / distance * 2 * distance + me % distance;
            float a = values[low];
            float b = values[low + distance];
            values[low] = a + b;
            values[low + distance] = a - b;
        }
        context.localBarrier();
        out.set(context.globalIdx, values[2 * me] + values[2 * me + 1]);
    }

    /// The same in a buffer.
    public static void butterflyInBuffer(KernelContext context, FloatArray in, FloatArray out) {
        int me = context.localIdx;
        int base = context.groupIdx * 8;
        for (int distance = 1; distance < 8; distance *= 2) {
            if (me < 4) {
                int low = base + me / distance * 2 * distance + me % distance;
                float a = in.get(low);
                float b = in.get(low + distance);
                in.set(low, a + b);
                in.set(low + distance, a - b);
            }
            context.globalBarrier();
        }
        out.set(base + me, in.get(base + me));
    }

    /// A prefix sum with two barriers a step.
    public static void prefixSum(KernelContext context, FloatArray in, FloatArray out) {
        float[] sums = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        sums[me] = in.get(context.globalIdx);
        context.localBarrier();
        for (int distance = 1; distance < 8; distance *= 2) {
            float other = 0f;
            if (me >= distance) {
                other = sums[me - distance];
            }
            context.localBarrier();
            sums[me] += other;
            context.localBarrier();
        }
        out.set(context.globalIdx, sums[me]);
    }

    /// Private arrays made in a loop and in a helper, each written before it is read.
    public static void privateArrays(KernelContext context, FloatArray in, FloatArray out) {
        float sum = 0f;
        for (int turn = 0; turn < 3; turn++) {
            float[] pair = {in.get(turn), 1f};
            float[] other = scaled(pair, 2f);
            sum += pair[0] * other[1] + other.length;
        }
        out.set(context.globalIdx, sum);
    }

    private static float[] scaled(float[] values, float factor) {
        float[] result = new float[2];
        for (int i = 0; i < result.length; i++) {
            result[i] = values[i] * factor;
        }
        return result;
    }

    /// A helper with a barrier, called in a loop.
    public static void helperInLoop(KernelContext context, FloatArray in, FloatArray out) {
        float value = in.get(context.globalIdx);
        for (int turn = 0; turn < 3; turn++) {
            value = swapped(context, value) + swapped(context, 1f);
        }
        out.set(context.globalIdx, value);
    }

    private static float swapped(KernelContext context, float value) {
        float[] parts = context.allocateFloatLocalArray(8);
        parts[context.localIdx] = value;
        context.localBarrier();
        return parts[7 - context.localIdx];
    }
}
