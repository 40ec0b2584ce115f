package io.tornadogpt.emulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/// Kernels of which each has one mistake with local memory, private memory or barriers. Groups have
/// 8 work-items, `in` and `out` have 16 elements, and `in` holds 0, 1, 2 and so on.
public final class LocalFaults {

    private LocalFaults() {}

    /// Nobody waits before the neighbour's element is read.
    public static void neighbourWithoutBarrier(
            KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        tile[me] = in.get(context.globalIdx);
        out.set(context.globalIdx, tile[(me + 1) % 8]);
    }

    /// The barrier comes behind the read.
    public static void barrierTooLate(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        tile[me] = in.get(context.globalIdx);
        float other = tile[7 - me];
        context.localBarrier();
        out.set(context.globalIdx, other);
    }

    /// No barrier between the steps of a tree.
    public static void reductionWithoutBarrier(
            KernelContext context, FloatArray in, FloatArray out) {
        float[] parts = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        parts[me] = in.get(context.globalIdx);
        context.localBarrier();
        for (int half = 4; half > 0; half /= 2) {
            if (me < half) {
                parts[me] += parts[me + half];
            }
        }
        context.localBarrier();
        out.set(context.globalIdx, parts[0]);
    }

    /// No barrier before the first step.
    public static void reductionStartsEarly(KernelContext context, FloatArray in, FloatArray out) {
        float[] parts = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        parts[me] = in.get(context.globalIdx);
        for (int half = 4; half > 0; half /= 2) {
            if (me < half) {
                parts[me] += parts[me + half];
            }
            context.localBarrier();
        }
        out.set(context.globalIdx, parts[0]);
    }

    /// The sum is read before the last step has ended.
    public static void reductionReadEarly(KernelContext context, FloatArray in, FloatArray out) {
        float[] parts = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        parts[me] = in.get(context.globalIdx);
        for (int half = 4; half > 0; half /= 2) {
            context.localBarrier();
            if (me < half) {
                parts[me] += parts[me + half];
            }
        }
        out.set(context.globalIdx, parts[0]);
    }

    /// The last steps rely on work-items that run in step.
    public static void reductionOfAWarp(KernelContext context, FloatArray in, FloatArray out) {
        float[] parts = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        parts[me] = in.get(context.globalIdx);
        context.localBarrier();
        if (me < 4) {
            parts[me] += parts[me + 4];
        }
        context.localBarrier();
        if (me < 2) {
            parts[me] += parts[me + 2];
            parts[me] += parts[me + 1];
        }
        context.localBarrier();
        out.set(context.globalIdx, parts[0]);
    }

    /// A second reduction begins before all have read the result of the first.
    public static void reductionTwice(KernelContext context, FloatArray in, FloatArray out) {
        float[] parts = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        float result = 0f;
        for (int turn = 0; turn < 2; turn++) {
            parts[me] = in.get(context.globalIdx) - result;
            for (int half = 4; half > 0; half /= 2) {
                context.localBarrier();
                if (me < half) {
                    parts[me] += parts[me + half];
                }
            }
            context.localBarrier();
            result = parts[0];
        }
        out.set(context.globalIdx, result);
    }

    /// The next tile is stored while others still read this one.
    public static void tileLoopWithoutLastBarrier(
            KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        float sum = 0f;
        for (int from = 0; from < 16; from += 8) {
            tile[me] = in.get(from + me);
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                sum += tile[i];
            }
        }
        out.set(context.globalIdx, sum);
    }

    /// The tile is read while others still store it.
    public static void tileLoopWithoutFirstBarrier(
            KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        float sum = 0f;
        for (int from = 0; from < 16; from += 8) {
            tile[me] = in.get(from + me);
            for (int i = 0; i < 8; i++) {
                sum += tile[i];
            }
            context.localBarrier();
        }
        out.set(context.globalIdx, sum);
    }

    /// Both tiles of a double buffer are the same one.
    public static void doubleBufferOfOne(KernelContext context, FloatArray in, FloatArray out) {
        float[] tiles = context.allocateFloatLocalArray(16);
        int me = context.localIdx;
        float sum = 0f;
        tiles[me] = in.get(me);
        for (int turn = 0; turn < 2; turn++) {
            context.localBarrier();
            tiles[turn * 8 + me] = in.get(turn * 8 + me);
            for (int i = 0; i < 8; i++) {
                sum += tiles[turn * 8 + i];
            }
        }
        out.set(context.globalIdx, sum);
    }

    /// Two work-items share an element.
    public static void twoStoreOne(KernelContext context, FloatArray in, FloatArray out) {
        float[] pairs = context.allocateFloatLocalArray(4);
        int me = context.localIdx;
        pairs[me / 2] = in.get(context.globalIdx);
        context.localBarrier();
        out.set(context.globalIdx, pairs[me / 2]);
    }

    /// Everybody stores the first element.
    public static void allStoreOne(KernelContext context, FloatArray in, FloatArray out) {
        float[] shared = context.allocateFloatLocalArray(1);
        shared[0] = in.get(context.globalIdx);
        context.localBarrier();
        out.set(context.globalIdx, shared[0]);
    }

    /// Counts without an atomic operation.
    public static void histogram(KernelContext context, FloatArray in, FloatArray out) {
        int[] counts = context.allocateIntLocalArray(8);
        int me = context.localIdx;
        counts[me] = 0;
        context.localBarrier();
        counts[(int) in.get(context.globalIdx) % 3]++;
        context.localBarrier();
        out.set(context.globalIdx, counts[me]);
    }

    /// Counts before all counters are zero.
    public static void histogramZeroedLate(KernelContext context, FloatArray in, FloatArray out) {
        int[] counts = context.allocateIntLocalArray(8);
        int me = context.localIdx;
        counts[me] = 0;
        context.atomicAdd(counts, (int) in.get(context.globalIdx) % 3, 1);
        context.localBarrier();
        out.set(context.globalIdx, counts[me]);
    }

    /// Reads counters while others count.
    public static void histogramReadEarly(KernelContext context, FloatArray in, FloatArray out) {
        int[] counts = context.allocateIntLocalArray(8);
        int me = context.localIdx;
        counts[me] = 0;
        context.localBarrier();
        context.atomicAdd(counts, (int) in.get(context.globalIdx) % 3, 1);
        out.set(context.globalIdx, counts[me]);
    }

    /// Reads and stores sums of one array in one step.
    public static void prefixSumInPlace(KernelContext context, FloatArray in, FloatArray out) {
        float[] sums = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        sums[me] = in.get(context.globalIdx);
        for (int distance = 1; distance < 8; distance *= 2) {
            context.localBarrier();
            if (me >= distance) {
                sums[me] += sums[me - distance];
            }
        }
        out.set(context.globalIdx, sums[me]);
    }

    /// Moves all elements by one.
    public static void moveInPlace(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(9);
        int me = context.localIdx;
        tile[me] = in.get(context.globalIdx);
        tile[8] = me == 0 ? 0f : tile[me];
        context.localBarrier();
        tile[me] = tile[me + 1];
        context.localBarrier();
        out.set(context.globalIdx, tile[me]);
    }

    /// No barrier between the stages.
    public static void butterfly(KernelContext context, FloatArray in, FloatArray out) {
        float[] values = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        values[me] = in.get(context.globalIdx);
        context.localBarrier();
        for (int distance = 1; distance < 8; distance *= 2) {
            if ((me & distance) == 0) {
                float a = values[me];
                float b = values[me + distance];
                values[me] = a + b;
                values[me + distance] = a - b;
            }
        }
        context.localBarrier();
        out.set(context.globalIdx, values[me]);
    }

    /// The others do not wait for what work-item 0 has to tell.
    public static void broadcastWithoutBarrier(
            KernelContext context, FloatArray in, FloatArray out) {
        float[] shared = context.allocateFloatLocalArray(1);
        if (context.localIdx == 0) {
            shared[0] = in.get(context.globalIdx);
        }
        out.set(context.globalIdx, shared[0]);
    }

    /// The local array comes from a helper.
    public static void arrayOfHelper(KernelContext context, FloatArray in, FloatArray out) {
        float[] mine = eight(context);
        mine[context.localIdx] = in.get(context.globalIdx);
        out.set(context.globalIdx, mine[7 - context.localIdx]);
    }

    private static float[] eight(KernelContext context) {
        return context.allocateFloatLocalArray(8);
    }

    /// The race is in a helper.
    public static void raceInHelper(KernelContext context, FloatArray in, FloatArray out) {
        out.set(context.globalIdx, sumWithoutBarrier(context, in.get(context.globalIdx)));
    }

    private static float sumWithoutBarrier(KernelContext context, float value) {
        float[] shares = context.allocateFloatLocalArray(8);
        shares[context.localIdx] = value;
        float sum = 0f;
        for (int i = 0; i < 8; i++) {
            sum += shares[i];
        }
        return sum;
    }

    /// As [#neighbourWithoutBarrier], of bytes.
    public static void bytes(KernelContext context, FloatArray in, FloatArray out) {
        byte[] flags = context.allocateByteLocalArray(8);
        flags[context.localIdx] = (byte) in.get(context.globalIdx);
        out.set(context.globalIdx, flags[(context.localIdx + 1) % 8]);
    }

    /// As [#neighbourWithoutBarrier], of longs.
    public static void longs(KernelContext context, FloatArray in, FloatArray out) {
        long[] words = context.allocateLongLocalArray(8);
        words[context.localIdx] = (long) in.get(context.globalIdx);
        out.set(context.globalIdx, (float) words[(context.localIdx + 1) % 8]);
    }

    /// As [#neighbourWithoutBarrier], of half floats.
    public static void halves(KernelContext context, FloatArray in, FloatArray out) {
        HalfFloat[] values = context.allocateHalfFloatLocalArray(8);
        values[context.localIdx] = new HalfFloat(in.get(context.globalIdx));
        context.localBarrier();
        values[(context.localIdx + 1) % 8] = values[context.localIdx];
        context.localBarrier();
        out.set(context.globalIdx, values[context.localIdx].getFloat32());
    }

    /// Nobody writes the array.
    public static void neverWritten(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        out.set(context.globalIdx, tile[context.localIdx] + in.get(context.globalIdx));
    }

    /// The elements beside the tile are not loaded.
    public static void haloNotLoaded(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(10);
        int me = context.localIdx;
        tile[me + 1] = in.get(context.globalIdx);
        context.localBarrier();
        out.set(context.globalIdx, tile[me] + tile[me + 1] + tile[me + 2]);
    }

    /// Work-items without an element leave theirs unwritten, and all are summed.
    public static void raggedTail(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        if (context.globalIdx < 13) {
            tile[context.localIdx] = in.get(context.globalIdx);
        }
        context.localBarrier();
        float sum = 0f;
        for (int i = 0; i < 8; i++) {
            sum += tile[i];
        }
        out.set(context.globalIdx, sum);
    }

    /// Adds to what was never zero.
    public static void addsToGarbage(KernelContext context, FloatArray in, FloatArray out) {
        float[] sums = context.allocateFloatLocalArray(8);
        sums[context.localIdx] += in.get(context.globalIdx);
        out.set(context.globalIdx, sums[context.localIdx]);
    }

    /// Counts from garbage on.
    public static void countsFromGarbage(KernelContext context, FloatArray in, FloatArray out) {
        int[] counts = context.allocateIntLocalArray(4);
        context.atomicAdd(counts, (int) in.get(context.globalIdx) % 4, 1);
        context.localBarrier();
        out.set(context.globalIdx, counts[context.localIdx % 4]);
    }

    /// The second group takes over what the first one wrote.
    public static void writtenByFirstGroup(KernelContext context, FloatArray in, FloatArray out) {
        float[] table = context.allocateFloatLocalArray(8);
        if (context.groupIdx == 0) {
            table[context.localIdx] = in.get(context.globalIdx);
        }
        context.localBarrier();
        out.set(context.globalIdx, table[7 - context.localIdx]);
    }

    /// A private array is not zero at first.
    public static void privateNotZeroed(KernelContext context, FloatArray in, FloatArray out) {
        float[] sums = new float[4];
        for (int i = 0; i < 8; i++) {
            sums[i % 4] += in.get(i);
        }
        out.set(context.globalIdx, sums[0] + sums[1] + sums[2] + sums[3]);
    }

    /// The last element is forgotten.
    public static void privatePartlyWritten(KernelContext context, FloatArray in, FloatArray out) {
        float[] window = new float[4];
        for (int i = 0; i < 3; i++) {
            window[i] = in.get(i);
        }
        float sum = 0f;
        for (int i = 0; i < 4; i++) {
            sum += window[i];
        }
        out.set(context.globalIdx, sum);
    }

    /// Private counters.
    public static void privateCounters(KernelContext context, FloatArray in, FloatArray out) {
        int[] counts = new int[2];
        for (int i = 0; i < 8; i++) {
            counts[in.get(i) > 3f ? 1 : 0]++;
        }
        out.set(context.globalIdx, counts[1] - counts[0]);
    }

    /// A helper reads what the kernel has not written.
    public static void privateOfHelper(KernelContext context, FloatArray in, FloatArray out) {
        float[] values = new float[3];
        values[0] = in.get(context.globalIdx);
        values[1] = 1f;
        out.set(context.globalIdx, last(values));
    }

    private static float last(float[] numbers) {
        return numbers[numbers.length - 1];
    }

    /// Reads one element too many.
    public static void beyondTheEnd(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        tile[context.localIdx] = in.get(context.globalIdx);
        context.localBarrier();
        out.set(context.globalIdx, tile[context.localIdx + 1]);
    }

    /// Reads one element too early.
    public static void beforeTheStart(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        tile[context.localIdx] = in.get(context.globalIdx);
        context.localBarrier();
        out.set(context.globalIdx, tile[context.localIdx - 1]);
    }

    /// The array is made for groups of four.
    public static void smallerThanTheGroup(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(4);
        tile[context.localIdx] = in.get(context.globalIdx);
        context.localBarrier();
        out.set(context.globalIdx, tile[0]);
    }

    /// Rows are longer than was allocated.
    public static void padded(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(2 * 4);
        int at = context.localIdx / 4 * 5 + context.localIdx % 4;
        tile[at] = in.get(context.globalIdx);
        context.localBarrier();
        out.set(context.globalIdx, tile[at]);
    }

    /// Beyond a private array.
    public static void privateBeyondTheEnd(KernelContext context, FloatArray in, FloatArray out) {
        float[] window = new float[3];
        for (int i = 0; i <= 3; i++) {
            window[i] = in.get(i);
        }
        out.set(context.globalIdx, window[0]);
    }

    /// Counts beyond the counters.
    public static void countsBeyondTheEnd(KernelContext context, FloatArray in, FloatArray out) {
        int[] counts = context.allocateIntLocalArray(8);
        counts[context.localIdx] = 0;
        context.localBarrier();
        context.atomicAdd(counts, (int) in.get(context.globalIdx), 1);
        context.localBarrier();
        out.set(context.globalIdx, counts[context.localIdx]);
    }

    /// A barrier in each branch.
    public static void barrierInBothBranches(KernelContext context, FloatArray in, FloatArray out) {
        float[] tile = context.allocateFloatLocalArray(8);
        int me = context.localIdx;
        if (me < 4) {
            tile[me] = in.get(context.globalIdx);
            context.localBarrier();
        } else {
            tile[me] = 0f;
            context.localBarrier();
        }
        out.set(context.globalIdx, tile[7 - me]);
    }

    /// A helper with a barrier in each branch.
    public static void helperInBothBranches(KernelContext context, FloatArray in, FloatArray out) {
        float value = in.get(context.globalIdx);
        float sum;
        if (value > 5f) {
            sum = shared(context, value);
        } else {
            sum = shared(context, -value);
        }
        out.set(context.globalIdx, sum);
    }

    private static float shared(KernelContext context, float value) {
        float[] parts = context.allocateFloatLocalArray(8);
        parts[context.localIdx] = value;
        context.localBarrier();
        return parts[7 - context.localIdx];
    }

    /// Work-items leave the loop at different times.
    public static void leavesTheLoop(KernelContext context, FloatArray in, FloatArray out) {
        float sum = 0f;
        for (int i = 0; i < 4; i++) {
            if (i > context.localIdx) {
                break;
            }
            sum += in.get(i);
            context.localBarrier();
        }
        out.set(context.globalIdx, sum);
    }

    /// The number of turns depends on the work-item.
    public static void turnsOfItsOwn(KernelContext context, FloatArray in, FloatArray out) {
        float sum = 0f;
        for (int i = context.localIdx; i < 13; i += 8) {
            sum += in.get(i);
            context.localBarrier();
        }
        out.set(context.globalIdx, sum);
    }
}
