package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Copies parts of off-heap matrices into the arrays that [MicroKernel] reads.
///
/// A *panel* is [MicroKernel#COLUMNS] columns of the right matrix, k by k: element (k, j) at `k *
/// COLUMNS + j`. Columns beyond the matrix are 0.
final class Packing {
    private static final int COLUMNS = MicroKernel.COLUMNS;
    private static final int ROWS = MicroKernel.ROWS;
    private static final int STRIP = MicroKernel.STRIP;

    /// What a vector narrower than a strip leaves.
    private static final int REST = ROWS - Lanes.COUNT;

    /// How many k of a transposed panel are written before the next column is: their lines stay in
    /// the L1 cache until all columns are there.
    private static final int NEAR = 128;

    /// Floats from which on a row is copied by the JVM.
    private static final int LONG = 256;

    private static final VectorShuffle<Float> HALVES = Lanes.exchanging(Lanes.COUNT / 2);
    private static final VectorShuffle<Float> QUARTERS = Lanes.exchanging(Lanes.COUNT / 4);
    private static final VectorShuffle<Float> PAIRS = Lanes.exchanging(2);
    private static final VectorShuffle<Float> SINGLES = Lanes.exchanging(1);
    private static final VectorMask<Float> IN_RIGHT_HALF = Lanes.having(Lanes.COUNT / 2);
    private static final VectorMask<Float> IN_ODD_QUARTER = Lanes.having(Lanes.COUNT / 4);
    private static final VectorMask<Float> IN_ODD_PAIR = Lanes.having(2);
    private static final VectorMask<Float> IN_ODD_LANE = Lanes.having(1);

    private Packing() {}

    /// Rounds up to a multiple.
    static int roundUp(int value, int multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }

    /// Copies `rows` rows of `columns` floats, `stride` bytes apart, to rows of `columns` floats.
    static void rows(
            MemorySegment from,
            long offset,
            long stride,
            int rows,
            int columns,
            float[] to,
            int start) {
        rows(from, offset, stride, rows, columns, to, start, columns);
    }

    /// Copies `rows` rows of `columns` floats, `stride` bytes apart, to rows `toStride` floats
    /// apart.
    static void rows(
            MemorySegment from,
            long offset,
            long stride,
            int rows,
            int columns,
            float[] to,
            int start,
            int toStride) {
        for (int row = 0; row < rows; row++) {
            long source = offset + row * stride;
            int target = start + row * toStride;
            if (columns < LONG) {
                shortRow(from, source, to, target, columns);
            } else {
                MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, source, to, target, columns);
            }
        }
    }

    /// What [MemorySegment#copy] takes longer to begin than to do.
    private static void shortRow(
            MemorySegment from, long source, float[] to, int target, int columns) {
        int whole = Lanes.FLOATS.loopBound(columns);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            Lanes.load(from, source + 4L * i).intoArray(to, target + i);
        }
        for (int i = whole; i < columns; i++) {
            to[target + i] = from.get(ValueLayout.JAVA_FLOAT, source + 4L * i);
        }
    }

    /// Copies columns to strips of ROWS columns: element (k, i) to `i / ROWS * tile + k * STRIP + i
    /// % ROWS`.
    ///
    /// Whole vectors are copied where they do not reach beyond the end of the matrix: what they
    /// bring beyond the last column belongs to rows that nobody reads.
    ///
    /// @param offset of the first column in the first of `depth` rows, `stride` bytes apart
    static void strips(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float[] to,
            int start,
            int tile) {
        int last = (columns - 1) / ROWS * ROWS;
        long room = from.byteSize() - offset - 4L * (last + STRIP);
        int whole = room < 0 ? 0 : (int) Math.min(depth, room / stride + 1);
        for (int i = 0; i <= last; i += ROWS) {
            int target = start + i / ROWS * tile;
            long source = offset + 4L * i;
            for (int k = 0; k < whole; k++) {
                Lanes.load(from, source + k * stride).intoArray(to, target + k * STRIP);
                if (Lanes.COUNT < ROWS) {
                    Lanes.load(from, source + k * stride + 4L * REST)
                            .intoArray(to, target + k * STRIP + REST);
                }
            }
        }
        for (int k = whole; k < depth; k++) {
            for (int i = 0; i < columns; i++) {
                to[start + i / ROWS * tile + k * STRIP + i % ROWS] =
                        from.get(ValueLayout.JAVA_FLOAT, offset + k * stride + 4L * i);
            }
        }
    }

    /// Copies ROWS columns of a block, whose rows have BLOCK elements, to a strip.
    ///
    /// @param from has room for a vector beyond the last row
    static void strip(float[] from, int start, int depth, float[] to) {
        for (int k = 0; k < depth; k++) {
            int source = start + k * MicroKernel.BLOCK;
            int target = k * STRIP;
            Lanes.load(from, source).intoArray(to, target);
            if (Lanes.COUNT < ROWS) {
                Lanes.load(from, source + REST).intoArray(to, target + REST);
            }
        }
    }

    /// Packs a panel from a matrix whose rows are k: element (k, j) is at `offset + k * stride + 4
    /// * j`.
    ///
    /// @param columns how many columns the panel has, at most COLUMNS
    static void panel(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float scale,
            float[] to,
            int start) {
        if (columns < COLUMNS) {
            narrowPanel(from, offset, stride, depth, columns, scale, to, start);
            return;
        }
        for (int k = 0; k < depth; k++) {
            long source = offset + k * stride;
            int target = start + k * COLUMNS;
            Lanes.load(from, source).mul(scale).intoArray(to, target);
            Lanes.load(from, source + Lanes.BYTES).mul(scale).intoArray(to, target + Lanes.COUNT);
        }
    }

    private static void narrowPanel(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float scale,
            float[] to,
            int start) {
        for (int k = 0; k < depth; k++) {
            int target = start + k * COLUMNS;
            for (int j = 0; j < columns; j++) {
                long source = offset + k * stride + 4L * j;
                to[target + j] = from.get(ValueLayout.JAVA_FLOAT, source) * scale;
            }
            Arrays.fill(to, target + columns, target + COLUMNS, 0);
        }
    }

    /// Packs a panel from a matrix whose rows are columns of the product: element (k, j) is at
    /// `offset + j * stride + 4 * k`.
    ///
    /// @param columns how many columns the panel has, at most COLUMNS
    static void transposedPanel(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float scale,
            float[] to,
            int start) {
        int whole = columns == COLUMNS && Lanes.COUNT >= 8 ? Lanes.FLOATS.loopBound(depth) : 0;
        if (whole > 0) {
            float[] square = new float[Lanes.COUNT * Lanes.COUNT];
            // To the end of a few rows before the next: memory is slow to give lines of many rows.
            for (int j = 0; j < COLUMNS; j += Lanes.COUNT) {
                for (int k = 0; k < whole; k += Lanes.COUNT) {
                    swapQuarters(from, offset + j * stride + 4L * k, stride, square);
                    swapWithin(square, scale, to, start + k * COLUMNS + j, COLUMNS);
                }
            }
        }
        float[] near = new float[NEAR];
        for (int k = whole; k < depth; k += NEAR) {
            int count = Math.min(NEAR, depth - k);
            for (int j = 0; j < columns; j++) {
                MemorySegment.copy(
                        from, ValueLayout.JAVA_FLOAT, offset + j * stride + 4L * k, near, 0, count);
                spread(near, count, scale, to, start + k * COLUMNS + j);
            }
        }
        for (int j = columns; j < COLUMNS; j++) {
            for (int k = 0; k < depth; k++) {
                to[start + j + k * COLUMNS] = 0;
            }
        }
    }

    /// The first half of transposing a square of COUNT vectors, in which its halves off the
    /// diagonal change places, then the quarters within each half: with `d` the distance of two
    /// rows, lane `l` of one and lane `l ^ d` of the other do wherever bit `d` of `l` says so. Four
    /// rows at a time stay in registers for both steps.
    private static void swapQuarters(MemorySegment from, long offset, long stride, float[] square) {
        int d = Lanes.COUNT / 4;
        long apart = d * stride;
        for (int row = 0; row < d; row++) {
            long at = offset + row * stride;
            FloatVector a = Lanes.load(from, at);
            FloatVector b = Lanes.load(from, at + apart);
            FloatVector c = Lanes.load(from, at + 2 * apart);
            FloatVector e = Lanes.load(from, at + 3 * apart);
            FloatVector a1 = a.blend(c.rearrange(HALVES), IN_RIGHT_HALF);
            FloatVector b1 = b.blend(e.rearrange(HALVES), IN_RIGHT_HALF);
            FloatVector c1 = a.rearrange(HALVES).blend(c, IN_RIGHT_HALF);
            FloatVector e1 = b.rearrange(HALVES).blend(e, IN_RIGHT_HALF);
            int target = row * Lanes.COUNT;
            int step = d * Lanes.COUNT;
            a1.blend(b1.rearrange(QUARTERS), IN_ODD_QUARTER).intoArray(square, target);
            a1.rearrange(QUARTERS).blend(b1, IN_ODD_QUARTER).intoArray(square, target + step);
            c1.blend(e1.rearrange(QUARTERS), IN_ODD_QUARTER).intoArray(square, target + 2 * step);
            c1.rearrange(QUARTERS).blend(e1, IN_ODD_QUARTER).intoArray(square, target + 3 * step);
        }
    }

    /// The second half: the same within each quarter, which has 4 lanes or, where vectors have 256
    /// bits, 2. The rows are stored, scaled, `stride` floats apart.
    private static void swapWithin(float[] square, float scale, float[] to, int start, int stride) {
        for (int row = 0; row < Lanes.COUNT; row += 4) {
            int source = row * Lanes.COUNT;
            FloatVector a = Lanes.load(square, source);
            FloatVector b = Lanes.load(square, source + Lanes.COUNT);
            FloatVector c = Lanes.load(square, source + 2 * Lanes.COUNT);
            FloatVector e = Lanes.load(square, source + 3 * Lanes.COUNT);
            if (Lanes.COUNT == 16) {
                FloatVector a1 = a.blend(c.rearrange(PAIRS), IN_ODD_PAIR);
                FloatVector b1 = b.blend(e.rearrange(PAIRS), IN_ODD_PAIR);
                c = a.rearrange(PAIRS).blend(c, IN_ODD_PAIR);
                e = b.rearrange(PAIRS).blend(e, IN_ODD_PAIR);
                a = a1;
                b = b1;
            }
            int target = start + row * stride;
            FloatVector first = a.blend(b.rearrange(SINGLES), IN_ODD_LANE);
            FloatVector second = a.rearrange(SINGLES).blend(b, IN_ODD_LANE);
            first.mul(scale).intoArray(to, target);
            second.mul(scale).intoArray(to, target + stride);
            first = c.blend(e.rearrange(SINGLES), IN_ODD_LANE);
            second = c.rearrange(SINGLES).blend(e, IN_ODD_LANE);
            first.mul(scale).intoArray(to, target + 2 * stride);
            second.mul(scale).intoArray(to, target + 3 * stride);
        }
    }

    /// Turns a matrix: element (i, j) of `from` becomes (j, i) of `to`.
    ///
    /// @param stride from row to row of `from`
    /// @param rows of `from`, whole vectors
    /// @param columns of `from`; whole vectors are read and written
    /// @param toStride from row to row of `to`
    static void turn(float[] from, int stride, int rows, int columns, float[] to, int toStride) {
        if (Lanes.COUNT < 8) {
            for (int j = 0; j < columns; j++) {
                for (int i = 0; i < rows; i++) {
                    to[j * toStride + i] = from[i * stride + j];
                }
            }
            return;
        }
        float[] square = new float[Lanes.COUNT * Lanes.COUNT];
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            for (int i = 0; i < rows; i += Lanes.COUNT) {
                swapQuarters(from, i * stride + j, stride, square);
                swapWithin(square, 1, to, j * toStride + i, toStride);
            }
        }
    }

    /// The first half of transposing a square that lies in an array.
    private static void swapQuarters(float[] from, int start, int stride, float[] square) {
        int d = Lanes.COUNT / 4;
        int apart = d * stride;
        for (int row = 0; row < d; row++) {
            int at = start + row * stride;
            FloatVector a = Lanes.load(from, at);
            FloatVector b = Lanes.load(from, at + apart);
            FloatVector c = Lanes.load(from, at + 2 * apart);
            FloatVector e = Lanes.load(from, at + 3 * apart);
            FloatVector a1 = a.blend(c.rearrange(HALVES), IN_RIGHT_HALF);
            FloatVector b1 = b.blend(e.rearrange(HALVES), IN_RIGHT_HALF);
            FloatVector c1 = a.rearrange(HALVES).blend(c, IN_RIGHT_HALF);
            FloatVector e1 = b.rearrange(HALVES).blend(e, IN_RIGHT_HALF);
            int target = row * Lanes.COUNT;
            int step = d * Lanes.COUNT;
            a1.blend(b1.rearrange(QUARTERS), IN_ODD_QUARTER).intoArray(square, target);
            a1.rearrange(QUARTERS).blend(b1, IN_ODD_QUARTER).intoArray(square, target + step);
            c1.blend(e1.rearrange(QUARTERS), IN_ODD_QUARTER).intoArray(square, target + 2 * step);
            c1.rearrange(QUARTERS).blend(e1, IN_ODD_QUARTER).intoArray(square, target + 3 * step);
        }
    }

    /// From an array, because a loop over single floats off-heap takes several times as long.
    private static void spread(float[] column, int count, float scale, float[] to, int start) {
        for (int k = 0; k < count; k++) {
            to[start + k * COLUMNS] = column[k] * scale;
        }
    }

    /// Stores `count` floats, scaled; reads whole vectors.
    static void store(
            float[] from, int start, int count, float scale, MemorySegment to, long offset) {
        int whole = Lanes.FLOATS.loopBound(count);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            Lanes.store(Lanes.load(from, start + i).mul(scale), to, offset + 4L * i);
        }
        for (int i = whole; i < count; i++) {
            to.set(ValueLayout.JAVA_FLOAT, offset + 4L * i, from[start + i] * scale);
        }
    }
}
