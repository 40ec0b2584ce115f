package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.tensor.DType;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/// Blocks of [DType#Q4_0]: a scale and 16 bytes, of which byte i holds the numbers i and i + 16 of
/// the block, each 8 too large.
final class FourBits {
    private static final int BYTES = DType.Q4_0.blockBytes();
    private static final int HALF = Blocks.ELEMENTS / 2;
    private static final IntVector LOW = IntVector.broadcast(Lanes.INTS, 0xF);
    private static final IntVector HIGH = IntVector.broadcast(Lanes.INTS, 0xF0);

    /// The bits of 2^23, whose lowest bit is 1.
    private static final IntVector ONES = IntVector.broadcast(Lanes.INTS, 0x4B000000);

    /// The bits of 2^19, whose bit 4 is 1.
    private static final IntVector SIXTEENTHS = IntVector.broadcast(Lanes.INTS, 0x49000000);

    private static final FloatVector LOW_ZEROS = Lanes.broadcast(0x1p23f + 8);
    private static final FloatVector HIGH_ZEROS = Lanes.broadcast(0x1p19f + 8);

    /// As many bytes as a vector has floats, but eight at least: there are no smaller vectors.
    private static final VectorSpecies<Byte> SPECIES =
            Lanes.COUNT >= 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

    private FourBits() {}

    /// The bytes of a block from `first` on, one a lane.
    private static IntVector bytes(MemorySegment memory, long block, int first) {
        int part = Lanes.COUNT >= 8 ? 0 : first / Lanes.COUNT % 2;
        int offset = first - part * Lanes.COUNT;
        long at = block + Blocks.SCALE_BYTES + offset;
        return (IntVector)
                ByteVector.fromMemorySegment(SPECIES, memory, at, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.B2I, Lanes.INTS, part);
    }

    /// The numbers in the low four bits, without their scale. They are put into the lowest bits of
    /// 2^23, from which it and 8 are taken: as fast as a conversion, and C2 makes fewer nodes of
    /// it, of which it inlines only so many into a method.
    private static FloatVector low(IntVector bytes) {
        return bytes.and(LOW).or(ONES).reinterpretAsFloats().sub(LOW_ZEROS);
    }

    /// The numbers in the high four bits, without their scale: the same with 2^19, so that nothing
    /// is shifted.
    private static FloatVector high(IntVector bytes) {
        return bytes.and(HIGH).or(SIXTEENTHS).reinterpretAsFloats().sub(HIGH_ZEROS);
    }

    /// Writes the numbers of a block as floats.
    static void copy(MemorySegment from, long block, float[] to, int start) {
        FloatVector scales = Blocks.scales(from, block);
        for (int i = 0; i < HALF; i += Lanes.COUNT) {
            IntVector bytes = bytes(from, block, i);
            low(bytes).mul(scales).intoArray(to, start + i);
            high(bytes).mul(scales).intoArray(to, start + HALF + i);
        }
    }

    /// Writes the numbers of a block as floats, from byte `target` on.
    static void copy(MemorySegment from, long block, MemorySegment to, long target) {
        FloatVector scales = Blocks.scales(from, block);
        for (int i = 0; i < HALF; i += Lanes.COUNT) {
            IntVector bytes = bytes(from, block, i);
            Lanes.store(low(bytes).mul(scales), to, target + 4L * i);
            Lanes.store(high(bytes).mul(scales), to, target + 4L * (HALF + i));
        }
    }

    /// The lanes of one row by one. The loop over a block stands here and not in a method of its
    /// own: C2 does not inline every such call, and a vector that is returned goes to the heap.
    ///
    /// @param k whole blocks
    /// @param count elements of a block; see [Dots] why it is a parameter
    /// @param lanes written from `to` on
    static void one(
            float[] left,
            int start,
            int k,
            int count,
            MemorySegment b,
            long offset,
            float[] lanes,
            int to) {
        FloatVector sum = Lanes.zero();
        long at = offset;
        for (int i = 0; i < k; i += count) {
            FloatVector p = Lanes.zero();
            for (int j = 0; j < HALF; j += Lanes.COUNT) {
                IntVector bytes = bytes(b, at, j);
                int f = start + i + j;
                p = low(bytes).fma(Lanes.load(left, f), p);
                p = high(bytes).fma(Lanes.load(left, f + HALF), p);
            }
            sum = p.fma(Blocks.scales(b, at), sum);
            at += BYTES;
        }
        sum.intoArray(lanes, to);
    }

    /// The lanes of two rows, `k` floats apart, by one, the second `second` floats behind the first
    /// in `lanes`. Each is what [#one] makes of it.
    static void two(
            float[] left,
            int start,
            int k,
            int count,
            MemorySegment b,
            long offset,
            float[] lanes,
            int to,
            int second) {
        FloatVector s = Lanes.zero();
        FloatVector t = s;
        long at = offset;
        for (int i = 0; i < k; i += count) {
            FloatVector p = Lanes.zero();
            FloatVector q = p;
            for (int j = 0; j < HALF; j += Lanes.COUNT) {
                IntVector bytes = bytes(b, at, j);
                FloatVector numbers = low(bytes);
                int f = start + i + j;
                p = numbers.fma(Lanes.load(left, f), p);
                q = numbers.fma(Lanes.load(left, f + k), q);
                numbers = high(bytes);
                p = numbers.fma(Lanes.load(left, f + HALF), p);
                q = numbers.fma(Lanes.load(left, f + k + HALF), q);
            }
            FloatVector scales = Blocks.scales(b, at);
            s = p.fma(scales, s);
            t = q.fma(scales, t);
            at += BYTES;
        }
        s.intoArray(lanes, to);
        t.intoArray(lanes, to + second);
    }
}
