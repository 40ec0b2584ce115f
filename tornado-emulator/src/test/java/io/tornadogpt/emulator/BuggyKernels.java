package io.tornadogpt.emulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Kernels of which each has one mistake.
public final class BuggyKernels {

    private BuggyKernels() {}

    /// No guard at the last, partly filled tile.
    public static void matMulUnguarded(
            KernelContext context, FloatArray a, FloatArray b, FloatArray c, int m, int n, int k) {
        int column = context.globalIdx;
        int row = context.globalIdy;
        float sum = 0.0f;
        for (int i = 0; i < k; i++) {
            sum += a.get(row * k + i) * b.get(i * n + column);
        }
        c.set(row * n + column, sum);
    }

    /// Work-items outside the matrix return before the barriers.
    public static void matMulEarlyReturn(
            KernelContext context, FloatArray a, FloatArray b, FloatArray c, int m, int n, int k) {
        int column = context.globalIdx;
        int row = context.globalIdy;
        if (row >= m || column >= n) {
            return;
        }
        float[] tile = context.allocateFloatLocalArray(64);
        tile[context.localIdy * 8 + context.localIdx] = a.get(row * k);
        context.localBarrier();
        c.set(row * n + column, tile[0] + b.get(column));
    }

    /// The barrier between storing and loading a tile is missing.
    public static void matMulNoBarrier(
            KernelContext context, FloatArray a, FloatArray b, FloatArray c, int m, int n, int k) {
        int column = context.globalIdx;
        int row = context.globalIdy;
        int x = context.localIdx;
        int y = context.localIdy;
        float[] tileA = context.allocateFloatLocalArray(64);
        float[] tileB = context.allocateFloatLocalArray(64);
        float sum = 0.0f;
        for (int from = 0; from < k; from += 8) {
            tileA[y * 8 + x] = row < m && from + x < k ? a.get(row * k + from + x) : 0.0f;
            tileB[y * 8 + x] = from + y < k && column < n ? b.get((from + y) * n + column) : 0.0f;
            for (int i = 0; i < 8; i++) {
                sum += tileA[y * 8 + i] * tileB[i * 8 + x];
            }
            context.localBarrier();
        }
        if (row < m && column < n) {
            c.set(row * n + column, sum);
        }
    }

    /// Every work-item reads one element too far, after a barrier: the last one out of bounds.
    public static void matMulOffByOne(
            KernelContext context, FloatArray a, FloatArray b, FloatArray c, int m, int n, int k) {
        int at = context.globalIdy * n + context.globalIdx;
        float[] tile = context.allocateFloatLocalArray(64);
        tile[context.localIdy * 8 + context.localIdx] = b.get(at) + m + k;
        context.localBarrier();
        c.set(at, tile[0] + a.get(at + 1));
    }

    /// Half of the group waits at another kind of barrier.
    public static void otherBarrier(KernelContext context, FloatArray out) {
        if (context.localIdx < 4) {
            context.localBarrier();
        } else {
            context.globalBarrier();
        }
        out.set(context.globalIdx, 1.0f);
    }

    /// Only work-item 5 comes to the barrier.
    public static void barrierOfOne(KernelContext context, FloatArray out) {
        if (context.localIdx == 5) {
            context.localBarrier();
        }
        out.set(context.globalIdx, 1.0f);
    }

    /// A plain addition where an atomic one is needed.
    public static void count(KernelContext context, IntArray buckets, IntArray counts, int n) {
        int i = context.globalIdx;
        if (i < n) {
            counts.set(buckets.get(i), counts.get(buckets.get(i)) + 1);
        }
    }

    /// The first work-item of every group writes the same element.
    public static void everyGroupWrites(KernelContext context, FloatArray out) {
        if (context.localIdx == 0) {
            out.set(0, context.groupIdx);
        }
    }

    /// A local barrier does not order accesses to buffers.
    public static void rotated(KernelContext context, FloatArray scratch, FloatArray out) {
        int me = context.localIdx;
        int group = context.localGroupSizeX;
        int base = context.groupIdx * group;
        scratch.set(base + me, me);
        context.localBarrier();
        out.set(base + me, scratch.get(base + (me + 1) % group));
    }

    /// Reads what another group writes, later in emulated time.
    public static void readsAcrossGroups(KernelContext context, FloatArray x, int n) {
        int i = context.globalIdx;
        x.set(i, x.get(n - 1 - i));
    }

    /// Two reads by the group, then a write by one of them.
    public static void writesWhatAllRead(KernelContext context, FloatArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(0));
        if (context.localIdx == 3) {
            x.set(0, 1.0f);
        }
    }

    /// One element behind the end.
    public static void offByOne(KernelContext context, FloatArray in, FloatArray out) {
        out.set(context.globalIdx, in.get(context.globalIdx + 1));
    }

    /// Leaves the odd elements alone.
    public static void evenOnly(KernelContext context, FloatArray out) {
        if (context.globalIdx % 2 == 0) {
            out.set(context.globalIdx, 1.0f);
        }
    }

    /// Work-items allocate different local arrays.
    public static void differentArrays(KernelContext context, FloatArray out) {
        float[] mine = context.allocateFloatLocalArray(context.localIdx == 2 ? 32 : 16);
        out.set(context.globalIdx, mine.length);
    }

    /// Allocates 64 KiB for a group.
    public static void muchLocalMemory(KernelContext context, FloatArray out) {
        float[] mine = context.allocateFloatLocalArray(16 * 1024);
        out.set(context.globalIdx, mine.length);
    }

    /// Adds up in no particular order.
    public static void atomicFloat(KernelContext context, FloatArray out) {
        context.atomicAdd(out, 0, 1.0f);
    }

    /// A boolean argument.
    public static void flag(KernelContext context, FloatArray out, Boolean flag) {
        out.set(context.globalIdx, flag ? 1.0f : 0.0f);
    }

    /// The helper gets the local array, instead of allocating it.
    public static void handsLocalArrayOver(KernelContext context, FloatArray out) {
        float[] values = context.allocateFloatLocalArray(8);
        values[context.localIdx] = context.localIdx;
        context.localBarrier();
        out.set(context.globalIdx, largest(values));
    }

    private static float largest(float[] values) {
        float largest = values[0];
        for (int i = 1; i < 8; i++) {
            largest = values[i] > largest ? values[i] : largest;
        }
        return largest;
    }

    /// Private memory may be handed to a helper.
    public static void handsPrivateArrayOver(KernelContext context, FloatArray out) {
        float[] values = new float[8];
        for (int i = 0; i < 8; i++) {
            values[i] = i * context.globalIdx;
        }
        out.set(context.globalIdx, largest(values));
    }

    /// A local array that a helper makes is as good as one of the kernel's own.
    public static void takesLocalArrayBack(KernelContext context, FloatArray out) {
        float[] values = eight(context);
        values[context.localIdx] = context.localIdx;
        context.localBarrier();
        out.set(context.globalIdx, values[7 - context.localIdx]);
    }

    /// As [#handsLocalArrayOver], with an array that a helper made.
    public static void handsLocalArrayOn(KernelContext context, FloatArray out) {
        float[] values = eight(context);
        values[context.localIdx] = context.localIdx;
        context.localBarrier();
        out.set(context.globalIdx, largest(values));
    }

    private static float[] eight(KernelContext context) {
        return context.allocateFloatLocalArray(8);
    }

    /// Goes on while one of two holds, beside a third: kept as a value, and `a && (b || c)`.
    public static void keepsMixedCondition(KernelContext context, FloatArray out) {
        int item = context.globalIdx;
        int going = item > 1 && (item < 3 || item > 5) ? 1 : 0;
        out.set(item, going);
    }

    /// As [#keepsMixedCondition], in a helper, as a boolean, and `a || (b && c)`.
    public static void keepsMixedConditionInHelper(KernelContext context, FloatArray out) {
        out.set(context.globalIdx, among(context.globalIdx) ? 1f : 0f);
    }

    private static boolean among(int item) {
        return item == 1 || (item > 3 && item < 6);
    }

    /// The same conditions where they are right: rows of `&&` and `||`, and an `if`.
    public static void keepsPlainConditions(KernelContext context, FloatArray out) {
        int item = context.globalIdx;
        int inside = item > 1 && item < 6 && item != 4 ? 1 : 0;
        int outside = item < 2 || item > 5 || item == 4 ? 1 : 0;
        float value = 0f;
        if (item == 3 || (inside == 1 && outside == 0)) {
            value = 1f;
        }
        out.set(item, value);
    }
}
