package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Small products, and those of a few hundred rows, as in reading a prompt or training on little
/// memory: `out[M,N] (+)= op(a)[M,K] . op(b)[K,N]`.
///
/// [Gemm] packs `b` into memory that all threads share, which pays where each of many blocks of
/// rows reads it. Here all of `a` is packed and lies in a cache, and a unit of work is some columns
/// of the product: its thread packs a piece of `b` that stays in its L2 cache, multiplies it by all
/// rows and is done with it. A small `a` is packed by each thread for itself, so that threads wait
/// for each other once, at the end, and fetch nothing from each other's caches; a larger one by all
/// threads for all. A long K is gone through in passes.
final class FewRows {
    private static final int MAX_ROWS = 512;

    /// Longest K of a pass, for which all of `a` is packed at once.
    private static final int MAX_K = 4096;

    /// The largest `a` that every thread packs for itself, in floats.
    private static final int SMALL = 128 * 1024;

    /// Columns from which on a larger `a` is served too.
    private static final int MANY_COLUMNS = 768;

    /// Most columns of the product in a unit, whole panels at every width of vectors.
    private static final int MAX_COLUMNS = 128;

    /// How many units there are where the product is wide enough, so that threads end together.
    private static final int WANTED_UNITS = 8;

    /// Up to this many rows, products of any size are served, unless a matrix is transposed.
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

    private final Operand a;
    private final Operand b;
    private final MemorySegment out;
    private final int m;
    private final int n;
    private final int k;

    /// The first k of this pass.
    private final int first;

    /// How many k it sums over.
    private final int depth;

    private final Epilogue epilogue;

    /// All rows, to whole tiles.
    private final int rows;

    /// Columns of a unit.
    private final int width;

    /// How far it is from tile to tile of the packed `a`.
    private final int tile;

    private FewRows(
            Operand a,
            Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            int first,
            int depth,
            Epilogue epilogue) {
        this.a = a;
        this.b = b;
        this.out = out;
        this.m = m;
        this.n = n;
        this.k = k;
        this.first = first;
        this.depth = depth;
        this.epilogue = epilogue;
        rows = Packing.roundUp(m, MicroKernel.ROWS);
        int panels = Packing.roundUp(Math.ceilDiv(n, WANTED_UNITS), MicroKernel.COLUMNS);
        width = Math.min(MAX_COLUMNS, panels);
        tile = a.transposed() ? MicroKernel.STRIP * depth + GAP : MicroKernel.ROWS * aRow();
    }

    /// Whether this is the way to multiply `m` rows.
    static boolean serves(int m, int n, int k, Operand a, Operand b, Epilogue epilogue) {
        // `out` may be the addend, which a pass that leaves its sums there would overwrite.
        // Parts of K are not cut at blocks here.
        if (b.quantized() || m > MAX_ROWS || k > MAX_K && epilogue.addend() != null) {
            return false;
        }
        if (m <= FEW_TILES && !a.transposed()) {
            return !b.transposed();
        }
        return (long) m * k <= SMALL || !a.transposed() && n >= MANY_COLUMNS;
    }

    static void multiply(
            Workers workers,
            Operand a,
            Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue) {
        int depth = Math.ceilDiv(k, Math.ceilDiv(k, MAX_K));
        for (int first = 0; first < k; first += depth) {
            int count = Math.min(depth, k - first);
            Epilogue store = epilogue.ofPass(first == 0, first + count == k);
            new FewRows(a, b, out, m, n, k, first, count, store).run(workers);
        }
    }

    private void run(Workers workers) {
        int units = Math.ceilDiv(n, width);
        if ((long) m * depth <= SMALL) {
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

    /// From row to row of an `a` that is packed as it is.
    private int aRow() {
        return depth + GAP;
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
        long offset = 4L * row * k + 4L * first;
        Packing.rows(a.data(), offset, 4L * k, count, depth, packed, row * aRow(), aRow());
    }

    private void packStrips(float[] packed) {
        for (int from = 0; from < depth; from += PACKED_ROWS) {
            int count = Math.min(PACKED_ROWS, depth - from);
            long offset = 4L * (first + from) * m;
            int start = from * MicroKernel.STRIP;
            Packing.strips(a.data(), offset, 4L * m, count, m, packed, start, tile);
        }
    }

    /// Computes the columns of a unit.
    private void multiply(int unit, float[] packedA, Scratch scratch) {
        int column = unit * width;
        int columns = Math.min(width, n - column);
        int part = Math.ceilDiv(depth, Math.ceilDiv(depth, MAX_DEPTH));
        float[] packedB = scratch.floats(PACKED_B, part * width);
        float[] sums = scratch.floats(SUMS, rows * width);
        Arrays.fill(sums, 0, rows * width, 0);
        for (int from = 0; from < depth; from += part) {
            int length = Math.min(part, depth - from);
            packB(first + from, length, column, columns, packedB);
            multiply(packedA, from, packedB, columns, length, sums);
        }
        for (int i = 0; i < m; i++) {
            long offset = 4L * i * n + 4L * column;
            epilogue.store(sums, i * width, columns, out, offset, column);
        }
    }

    private void packB(int k0, int length, int column, int columns, float[] packed) {
        if (!b.transposed()) {
            for (int row = 0; row < length; row += PACKED_ROWS) {
                int count = Math.min(PACKED_ROWS, length - row);
                for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
                    int panel = Math.min(MicroKernel.COLUMNS, columns - j);
                    long at = (long) (k0 + row) * n + column + j;
                    int start = j * length + row * MicroKernel.COLUMNS;
                    b.panel(at, n, count, panel, packed, start);
                }
            }
        } else {
            for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
                int panel = Math.min(MicroKernel.COLUMNS, columns - j);
                long at = (long) (column + j) * k + k0;
                b.transposedPanel(at, k, length, panel, packed, j * length);
            }
        }
    }

    private void multiply(
            float[] packedA, int from, float[] packedB, int columns, int length, float[] sums) {
        for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
            int b0 = j * length;
            for (int i = 0; i < rows; i += MicroKernel.ROWS) {
                int a0 = i / MicroKernel.ROWS * tile;
                int to = i * width + j;
                if (a.transposed()) {
                    int a1 = a0 + from * MicroKernel.STRIP;
                    MicroKernel.strip(packedA, a1, 1, packedB, b0, length, sums, to, width);
                } else {
                    int a1 = a0 + from;
                    MicroKernel.rows(packedA, a1, aRow(), packedB, b0, length, sums, to, width);
                }
            }
        }
    }
}
