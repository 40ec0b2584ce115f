package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/// The width of vectors on this machine (512, 256 or 128 bits), and how lanes are loaded and
/// stored.
///
/// The species is a constant of the JVM, chosen when this class is loaded, so that the compiler
/// turns every operation into one instruction: a species that the CPU lacks, or one that is not a
/// constant, makes kernels about a hundred times slower.
public final class Lanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

    /// Floats in a vector.
    static final int COUNT = FLOATS.length();

    /// Bytes in a vector.
    static final long BYTES = 4L * COUNT;

    private static final IntVector COUNTING = IntVector.zero(INTS).addIndex(1);
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VectorShuffle<Float> DOWN_8 = VectorShuffle.iota(FLOATS, 8, 1, true);
    private static final VectorShuffle<Float> DOWN_4 = VectorShuffle.iota(FLOATS, 4, 1, true);
    private static final VectorShuffle<Float> DOWN_2 = VectorShuffle.iota(FLOATS, 2, 1, true);
    private static final VectorShuffle<Float> DOWN_1 = VectorShuffle.iota(FLOATS, 1, 1, true);

    private Lanes() {}

    /// The width of vectors in bits.
    public static int bits() {
        return FLOATS.vectorBitSize();
    }

    static FloatVector load(MemorySegment memory, long offset) {
        return FloatVector.fromMemorySegment(FLOATS, memory, offset, ORDER);
    }

    static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    static void store(FloatVector value, MemorySegment memory, long offset) {
        value.intoMemorySegment(memory, offset, ORDER);
    }

    /// Adds two vectors to floats of an array, `right` behind `left`.
    static void add(FloatVector left, FloatVector right, float[] array, int index) {
        left.add(load(array, index)).intoArray(array, index);
        right.add(load(array, index + COUNT)).intoArray(array, index + COUNT);
    }

    static FloatVector zero() {
        return FloatVector.zero(FLOATS);
    }

    static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    /// `first, first + 1, ..`, one a lane.
    static IntVector countFrom(int first) {
        return COUNTING.add(first);
    }

    /// The lanes whose number has that bit.
    static VectorMask<Float> having(int bit) {
        var lanes = new boolean[COUNT];
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] = (lane & bit) != 0;
        }
        return VectorMask.fromArray(FLOATS, lanes, 0);
    }

    /// Puts each lane where the one is whose number has the other value of that bit.
    static VectorShuffle<Float> exchanging(int bit) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ bit) % COUNT);
    }

    /// The sum of all lanes, always in the same order. [FloatVector#reduceLanes] may sum in another
    /// order once a method is compiled, so it would change the result in the middle of a run.
    static float sum(FloatVector v) {
        FloatVector s = v;
        if (COUNT >= 16) {
            s = s.add(s.rearrange(DOWN_8));
        }
        if (COUNT >= 8) {
            s = s.add(s.rearrange(DOWN_4));
        }
        if (COUNT >= 4) {
            s = s.add(s.rearrange(DOWN_2));
        }
        s = s.add(s.rearrange(DOWN_1));
        return s.lane(0);
    }

    /// The sum of a vector's worth of floats, in the order of [#sum(FloatVector)].
    static float sum(float[] lanes, int start) {
        return sum(load(lanes, start));
    }

    /// The largest lane.
    static float max(FloatVector v) {
        return v.reduceLanes(VectorOperators.MAX);
    }
}
