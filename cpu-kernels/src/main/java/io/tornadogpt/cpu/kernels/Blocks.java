package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.tensor.BlockCodec;
import io.tornadogpt.core.tensor.DType;

import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Reads matrices of quantized blocks as floats: what [Packing] and [Dots] do with matrices of F32.
/// A row is whole blocks. How the numbers of a block are read is in [EightBits] and [FourBits];
/// everything else is the same for both.
///
/// A dot product multiplies the numbers of a block without their scale, and then their sum by it,
/// lane by lane.
final class Blocks {
    static final int ELEMENTS = BlockCodec.ELEMENTS;

    /// Bytes in front of the numbers of a block.
    static final int SCALE_BYTES = Short.BYTES;

    private static final ValueLayout.OfShort SCALE =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int COLUMNS = MicroKernel.COLUMNS;

    private Blocks() {}

    static float scale(MemorySegment memory, long block) {
        return Float.float16ToFloat(memory.get(SCALE, block));
    }

    static FloatVector scales(MemorySegment memory, long block) {
        return Lanes.broadcast(scale(memory, block));
    }

    /// Copies `count` numbers, whole blocks, to floats of an array.
    static void copy(
            DType type, MemorySegment from, long offset, int count, float[] to, int start) {
        long at = offset;
        for (int i = 0; i < count; i += ELEMENTS) {
            if (type == DType.Q8_0) {
                EightBits.copy(from, at, to, start + i);
            } else {
                FourBits.copy(from, at, to, start + i);
            }
            at += type.blockBytes();
        }
    }

    /// Copies `count` numbers, whole blocks, to floats of a segment.
    static void copy(
            DType type, MemorySegment from, long offset, int count, MemorySegment to, long target) {
        long at = offset;
        for (int i = 0; i < count; i += ELEMENTS) {
            if (type == DType.Q8_0) {
                EightBits.copy(from, at, to, target + 4L * i);
            } else {
                FourBits.copy(from, at, to, target + 4L * i);
            }
            at += type.blockBytes();
        }
    }

    /// Copies `rows` rows of `columns` numbers, `stride` bytes apart, to rows `toStride` floats
    /// apart.
    static void rows(
            DType type,
            MemorySegment from,
            long offset,
            long stride,
            int rows,
            int columns,
            float[] to,
            int toStride) {
        for (int row = 0; row < rows; row++) {
            copy(type, from, offset + row * stride, columns, to, row * toStride);
        }
    }

    /// Packs a panel from a matrix whose rows are columns of the product, `stride` bytes apart.
    ///
    /// @param depth whole blocks
    /// @param columns how many columns the panel has, at most COLUMNS
    static void transposedPanel(
            DType type,
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float[] to,
            int start) {
        var near = new float[ELEMENTS];
        for (int k = 0; k < depth; k += ELEMENTS) {
            long block = offset + type.bytes(k);
            for (int j = 0; j < COLUMNS; j++) {
                int target = start + j + k * COLUMNS;
                if (j < columns) {
                    copy(type, from, block + j * stride, ELEMENTS, near, 0);
                }
                for (int i = 0; i < ELEMENTS; i++) {
                    to[target + i * COLUMNS] = j < columns ? near[i] : 0;
                }
            }
        }
    }

    /// [Dots#dots] with a matrix of blocks.
    ///
    /// @param k whole blocks
    static void dots(
            DType type,
            float[] left,
            int start,
            int rows,
            int k,
            MemorySegment b,
            long offset,
            int columns,
            float[] lanes,
            float[] sums) {
        long row = type.bytes(k);
        int width = Packing.roundUp(columns, Lanes.COUNT);
        int second = width * Lanes.COUNT;
        for (int j = 0; j < columns; j++) {
            long at = offset + j * row;
            int to = j * Lanes.COUNT;
            if (type == DType.Q8_0) {
                if (rows == 1) {
                    EightBits.one(left, start, k, 2 * ELEMENTS, b, at, lanes, to);
                } else {
                    EightBits.two(left, start, k, 2 * ELEMENTS, b, at, lanes, to, second);
                }
            } else if (rows == 1) {
                FourBits.one(left, start, k, ELEMENTS, b, at, lanes, to);
            } else {
                FourBits.two(left, start, k, ELEMENTS, b, at, lanes, to, second);
            }
        }
        LaneSums.of(lanes, rows * width, sums);
    }
}
