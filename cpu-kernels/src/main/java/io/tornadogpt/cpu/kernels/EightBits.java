package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.tensor.DType;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/// Blocks of [DType#Q8_0]: a scale and 32 signed bytes.
final class EightBits {
    private static final int BYTES = DType.Q8_0.blockBytes();
    private static final int TWO_BLOCKS = 2 * BYTES;

    /// As many bytes as a vector has floats, but eight at least: there are no smaller vectors.
    private static final VectorSpecies<Byte> SPECIES =
            Lanes.COUNT >= 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

    private EightBits() {}

    /// The numbers of a block from `first` on without their scale, as many as fill a vector.
    private static FloatVector numbers(MemorySegment memory, long block, int first) {
        int part = Lanes.COUNT >= 8 ? 0 : first / Lanes.COUNT % 2;
        int offset = first - part * Lanes.COUNT;
        long at = block + Blocks.SCALE_BYTES + offset;
        return (FloatVector)
                ByteVector.fromMemorySegment(SPECIES, memory, at, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.B2F, Lanes.FLOATS, part);
    }

    /// Writes the numbers of a block as floats.
    static void copy(MemorySegment from, long block, float[] to, int start) {
        FloatVector scales = Blocks.scales(from, block);
        for (int i = 0; i < Blocks.ELEMENTS; i += Lanes.COUNT) {
            numbers(from, block, i).mul(scales).intoArray(to, start + i);
        }
    }

    /// Writes the numbers of a block as floats, from byte `target` on.
    static void copy(MemorySegment from, long block, MemorySegment to, long target) {
        FloatVector scales = Blocks.scales(from, block);
        for (int i = 0; i < Blocks.ELEMENTS; i += Lanes.COUNT) {
            Lanes.store(numbers(from, block, i).mul(scales), to, target + 4L * i);
        }
    }

    /// The lanes of one row by one. Two blocks are read at a time, into two sums: a sum waits for
    /// its last addition, and there is less to do beside the reading. The loop over a block stands
    /// here and not in a method of its own: C2 does not inline every such call, and a vector that
    /// is returned goes to the heap.
    ///
    /// @param k whole blocks
    /// @param count elements of two blocks; see [Dots] why it is a parameter
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
        FloatVector s = Lanes.zero();
        FloatVector t = s;
        long at = offset;
        int i = 0;
        for (; i < k - Blocks.ELEMENTS; i += count) {
            FloatVector p = Lanes.zero();
            FloatVector q = p;
            for (int j = 0; j < Blocks.ELEMENTS; j += Lanes.COUNT) {
                int f = start + i + j;
                p = numbers(b, at, j).fma(Lanes.load(left, f), p);
                q = numbers(b, at + BYTES, j).fma(Lanes.load(left, f + Blocks.ELEMENTS), q);
            }
            s = p.fma(Blocks.scales(b, at), s);
            t = q.fma(Blocks.scales(b, at + BYTES), t);
            at += TWO_BLOCKS;
        }
        if (i < k) {
            FloatVector p = Lanes.zero();
            for (int j = 0; j < Blocks.ELEMENTS; j += Lanes.COUNT) {
                p = numbers(b, at, j).fma(Lanes.load(left, start + i + j), p);
            }
            s = p.fma(Blocks.scales(b, at), s);
        }
        s.add(t).intoArray(lanes, to);
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
        FloatVector u = s;
        FloatVector v = s;
        long at = offset;
        int i = 0;
        for (; i < k - Blocks.ELEMENTS; i += count) {
            FloatVector p = Lanes.zero();
            FloatVector q = p;
            FloatVector x = p;
            FloatVector y = p;
            for (int j = 0; j < Blocks.ELEMENTS; j += Lanes.COUNT) {
                int f = start + i + j;
                FloatVector numbers = numbers(b, at, j);
                p = numbers.fma(Lanes.load(left, f), p);
                x = numbers.fma(Lanes.load(left, f + k), x);
                numbers = numbers(b, at + BYTES, j);
                q = numbers.fma(Lanes.load(left, f + Blocks.ELEMENTS), q);
                y = numbers.fma(Lanes.load(left, f + k + Blocks.ELEMENTS), y);
            }
            FloatVector scales = Blocks.scales(b, at);
            s = p.fma(scales, s);
            u = x.fma(scales, u);
            scales = Blocks.scales(b, at + BYTES);
            t = q.fma(scales, t);
            v = y.fma(scales, v);
            at += TWO_BLOCKS;
        }
        if (i < k) {
            FloatVector p = Lanes.zero();
            FloatVector x = p;
            for (int j = 0; j < Blocks.ELEMENTS; j += Lanes.COUNT) {
                int f = start + i + j;
                FloatVector numbers = numbers(b, at, j);
                p = numbers.fma(Lanes.load(left, f), p);
                x = numbers.fma(Lanes.load(left, f + k), x);
            }
            FloatVector scales = Blocks.scales(b, at);
            s = p.fma(scales, s);
            u = x.fma(scales, u);
        }
        s.add(t).intoArray(lanes, to);
        u.add(v).intoArray(lanes, to + second);
    }

    /// `sums += left . b`, b being `[k, n]`: [MatVec#combine] with a matrix whose rows are blocks.
    ///
    /// @param n whole blocks
    /// @param offset of the first block
    /// @param sums `n` floats
    static void combine(
            float[] left, int k, MemorySegment b, long offset, int n, MemorySegment sums) {
        long at = offset;
        for (int i = 0; i < k; i++) {
            for (int block = 0; block < n; block += Blocks.ELEMENTS) {
                FloatVector factors = Lanes.broadcast(left[i] * Blocks.scale(b, at));
                for (int j = 0; j < Blocks.ELEMENTS; j += Lanes.COUNT) {
                    long sum = 4L * (block + j);
                    Lanes.store(numbers(b, at, j).fma(factors, Lanes.load(sums, sum)), sums, sum);
                }
                at += BYTES;
            }
        }
    }
}
