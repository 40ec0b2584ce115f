package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Small products, and those of a few hundred rows, as in reading a prompt or training on little
/// memory: `out[M,N] (+)= op(a)[M,K] . op(b)[K,N]`.
///
/// [Gemm] packs `b` into memory that all threads share, which pays where each of many blocks of
/// rows reads it. Here each thread packs all of `a` for itself, which then lies in its cache, and
/// goes through columns of the product: it packs a piece of `b` that stays in its L2 cache,
/// multiplies it by all rows and is done with it. Threads wait for each other once, at the end.
final class FewRows {
    private static final int MAX_ROWS = 512;

    /// Longest K: all of `a` is packed at once.
    private static final int MAX_K = 4096;

    /// The largest `a` that every thread packs for itself, in floats.
    private static final int SMALL = 128 * 1024;

    /// Columns from which on a larger `a` is served too.
    private static final int MANY_COLUMNS = 768;

    /// Most columns of the product in a unit, whole panels at every width of vectors.
    private static final int MAX_COLUMNS = 128;

    /// How many units there are where the product is wide enough, so that threads end together.
    private static final int WANTED_UNITS = 8;

    private static final int FEW_TILES = 4 * MicroKernel.ROWS;

    /// Longest part of K: with MAX_COLUMNS, a piece of `b` takes 128 KB.
    private static final int MAX_DEPTH = 256;

    /// Rows that are packed at a time: few enough for the lines of the L1 cache.
    private static final int PACKED_ROWS = 16;

    /// Floats between the rows of the packed `a` beyond K: without them, rows whose length is a
    /// power of two would fall on the same lines of a cache.
    private static final int GAP = 16;

    private static final int PACKED_A = 0;
    private static final int PACKED_B = 1;
    private static final int SUMS = 2;

    private final Gemm.Operand a;
    private final Gemm.Operand b;
    private final MemorySegment out;
    private final int m;
    private final int n;
    private final int k;
    private final Epilogue epilogue;

    /// All rows, to whole tiles.
    private final int rows;

    /// Columns of a unit.
    private final int width;

    /// How far it is from tile to tile of the packed `a`.
    private final int tile;

    FewRows(
            Gemm.Operand a,
            Gemm.Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue) {
        this.a = a;
        this.b = b;
        this.out = out;
        this.m = m;
        this.n = n;
        this.k = k;
        this.epilogue = epilogue;
        rows = Packing.roundUp(m, MicroKernel.ROWS);
        int panels = Packing.roundUp(Math.ceilDiv(n, WANTED_UNITS), MicroKernel.COLUMNS);
        width = Math.min(MAX_COLUMNS, panels);
        tile = a.transposed() ? MicroKernel.STRIP * k + GAP : MicroKernel.ROWS * (k + GAP);
    }

    /// Whether this is the way to multiply `m` rows.
    static boolean serves(int m, int n, int k, Gemm.Operand a, Gemm.Operand b) {
        if (m > MAX_ROWS || k > MAX_K) {
            return false;
        }
        if (m <= FEW_TILES && !a.transposed()) {
            return !b.transposed();
        }
        return (long) m * k <= SMALL || !a.transposed() && n >= MANY_COLUMNS;
    }

    void run(Workers workers) {
        int units = Math.ceilDiv(n, width);
        if ((long) m * k <= SMALL) {
            workers.run(units, (unit, scratch) -> multiply(unit, ownA(scratch), scratch));
        } else {
            float[] packedA = workers.shared(PACKED_A, packedFloats());
            workers.run(
                    Math.ceilDiv(m, PACKED_ROWS),
                    (unit, scratch) -> {
                        int row = unit * PACKED_ROWS;
                        packRows(row, Math.min(PACKED_ROWS, m - row), packedA);
                    });
            workers.run(units, (unit, scratch) -> multiply(unit, packedA, scratch));
        }
    }

    private int packedFloats() {
        return rows / MicroKernel.ROWS * tile;
    }

    /// All of `a`, packed at a thread's first unit.
    private float[] ownA(Scratch scratch) {
        float[] packed = scratch.floats(PACKED_A, packedFloats());
        if (!scratch.holds(this)) {
            if (a.transposed()) {
                packStrips(packed);
            } else {
                packRows(0, m, packed);
            }
            scratch.hold(this);
        }
        return packed;
    }

    private void packRows(int row, int count, float[] packed) {
        int stride = k + GAP;
        Packing.rows(a.data(), 4L * row * k, 4L * k, count, k, packed, row * stride, stride);
    }

    private void packStrips(float[] packed) {
        for (int from = 0; from < k; from += PACKED_ROWS) {
            int count = Math.min(PACKED_ROWS, k - from);
            int start = from * MicroKernel.STRIP;
            Packing.strips(a.data(), 4L * from * m, 4L * m, count, m, packed, start, tile);
        }
    }

    /// Computes the columns of a unit.
    private void multiply(int unit, float[] packedA, Scratch scratch) {
        int column = unit * width;
        int columns = Math.min(width, n - column);
        int depth = Math.ceilDiv(k, Math.ceilDiv(k, MAX_DEPTH));
        float[] packedB = scratch.floats(PACKED_B, depth * width);
        float[] sums = scratch.floats(SUMS, rows * width);
        Arrays.fill(sums, 0, rows * width, 0);
        for (int from = 0; from < k; from += depth) {
            int part = Math.min(depth, k - from);
            packB(from, part, column, columns, packedB);
            multiply(packedA, from, packedB, columns, part, sums);
        }
        for (int i = 0; i < m; i++) {
            long offset = 4L * i * n + 4L * column;
            epilogue.store(sums, i * width, columns, out, offset, column);
        }
    }

    private void packB(int from, int depth, int column, int columns, float[] packed) {
        if (!b.transposed()) {
            for (int row = 0; row < depth; row += PACKED_ROWS) {
                int count = Math.min(PACKED_ROWS, depth - row);
                for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
                    int panel = Math.min(MicroKernel.COLUMNS, columns - j);
                    long at = (long) (from + row) * n + column + j;
                    int start = j * depth + row * MicroKernel.COLUMNS;
                    b.panel(at, n, count, panel, packed, start);
                }
            }
        } else {
            for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
                int panel = Math.min(MicroKernel.COLUMNS, columns - j);
                long at = (long) (column + j) * k + from;
                b.transposedPanel(at, k, depth, panel, packed, j * depth);
            }
        }
    }

    private void multiply(
            float[] packedA, int from, float[] packedB, int columns, int depth, float[] sums) {
        for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
            int b0 = j * depth;
            for (int i = 0; i < rows; i += MicroKernel.ROWS) {
                int a0 = i / MicroKernel.ROWS * tile;
                int to = i * width + j;
                if (a.transposed()) {
                    int a1 = a0 + from * MicroKernel.STRIP;
                    MicroKernel.strip(packedA, a1, 1, packedB, b0, depth, sums, to, width);
                } else {
                    int a1 = a0 + from;
                    MicroKernel.rows(packedA, a1, k + GAP, packedB, b0, depth, sums, to, width);
                }
            }
        }
    }
}
