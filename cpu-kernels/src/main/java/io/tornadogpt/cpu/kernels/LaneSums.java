package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/// Adds up the lanes of many vectors at once: as many vectors as they have lanes become one vector
/// of sums, with half the operations of summing each by [Lanes#sum(FloatVector)].
///
/// With `d` half the lanes, then a quarter and so on, vector `i` takes the lanes without bit `d` of
/// itself and of vector `i + d`, which were `d` lanes apart, and adds the others to them.
final class LaneSums {
    private static final VectorShuffle<Float> HALVES = Lanes.exchanging(Lanes.COUNT / 2);
    private static final VectorShuffle<Float> QUARTERS = Lanes.exchanging(Lanes.COUNT / 4);
    private static final VectorShuffle<Float> PAIRS = Lanes.exchanging(2);
    private static final VectorShuffle<Float> SINGLES = Lanes.exchanging(1);
    private static final VectorMask<Float> IN_RIGHT_HALF = Lanes.having(Lanes.COUNT / 2);
    private static final VectorMask<Float> IN_ODD_QUARTER = Lanes.having(Lanes.COUNT / 4);
    private static final VectorMask<Float> IN_ODD_PAIR = Lanes.having(2);
    private static final VectorMask<Float> IN_ODD_LANE = Lanes.having(1);

    private LaneSums() {}

    /// How many floats [#of] works in.
    static int floats(int count) {
        return Packing.roundUp(count, Lanes.COUNT) * Lanes.COUNT;
    }

    /// `sums[i]` = the sum of vector `i`.
    ///
    /// @param lanes `count` vectors; worked in, has room for as many as fill vectors of sums
    /// @param sums written to whole vectors
    static void of(float[] lanes, int count, float[] sums) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            square(lanes, i * Lanes.COUNT, sums, i);
        }
    }

    private static void square(float[] lanes, int start, float[] sums, int to) {
        int quarter = Lanes.COUNT / 4;
        int step = quarter * Lanes.COUNT;
        if (quarter == 1) {
            fourApart(lanes, start, step, sums, to);
            return;
        }
        for (int at = start; at < start + step; at += Lanes.COUNT) {
            fourApart(lanes, at, step, lanes, at);
        }
        if (quarter == 2) {
            twoNext(lanes, start, sums, to);
        } else {
            fourNext(lanes, start, sums, to);
        }
    }

    /// Half the lanes, then a quarter of them.
    private static void fourApart(float[] lanes, int at, int step, float[] sums, int to) {
        FloatVector a = Lanes.load(lanes, at);
        FloatVector b = Lanes.load(lanes, at + step);
        FloatVector c = Lanes.load(lanes, at + 2 * step);
        FloatVector d = Lanes.load(lanes, at + 3 * step);
        a = a.blend(c, IN_RIGHT_HALF).add(c.blend(a, IN_RIGHT_HALF).rearrange(HALVES));
        b = b.blend(d, IN_RIGHT_HALF).add(d.blend(b, IN_RIGHT_HALF).rearrange(HALVES));
        a.blend(b, IN_ODD_QUARTER)
                .add(b.blend(a, IN_ODD_QUARTER).rearrange(QUARTERS))
                .intoArray(sums, to);
    }

    /// One lane.
    private static void twoNext(float[] lanes, int at, float[] sums, int to) {
        FloatVector a = Lanes.load(lanes, at);
        FloatVector b = Lanes.load(lanes, at + Lanes.COUNT);
        a.blend(b, IN_ODD_LANE).add(b.blend(a, IN_ODD_LANE).rearrange(SINGLES)).intoArray(sums, to);
    }

    /// Two lanes, then one.
    private static void fourNext(float[] lanes, int at, float[] sums, int to) {
        FloatVector a = Lanes.load(lanes, at);
        FloatVector b = Lanes.load(lanes, at + Lanes.COUNT);
        FloatVector c = Lanes.load(lanes, at + 2 * Lanes.COUNT);
        FloatVector d = Lanes.load(lanes, at + 3 * Lanes.COUNT);
        a = a.blend(c, IN_ODD_PAIR).add(c.blend(a, IN_ODD_PAIR).rearrange(PAIRS));
        b = b.blend(d, IN_ODD_PAIR).add(d.blend(b, IN_ODD_PAIR).rearrange(PAIRS));
        a.blend(b, IN_ODD_LANE).add(b.blend(a, IN_ODD_LANE).rearrange(SINGLES)).intoArray(sums, to);
    }
}
