package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The matrix product `out[M,N] (+)= op(a)[M,K] . op(b)[K,N]` for any shapes, blocked and packed
/// after Goto and van de Geijn ("Anatomy of High-Performance Matrix Multiplication", 2008).
///
/// The columns of the product are taken in stripes whose part of `b` is packed once, by all
/// threads, into one shared array. A unit of work is a block of the product within a stripe: its
/// thread packs the rows of `a`, runs [MicroKernel] over the block, K in parts that keep a panel of
/// `b` in the L1 cache, and hands finished rows to the [Epilogue].
///
/// `b` is packed before anything is computed, `a` beside the computing, where its cost is hidden
/// better. So where both are read alike, which is the gradient of a weight, the wider one is taken
/// for `a`, and the product is computed and stored as its transpose. Products of up to four rows go
/// to [MatVec], which reads `b` in place, of some more to [FewRows].
public final class Gemm {
    /// A matrix as it is stored: `op` transposes it or does not.
    ///
    /// @param halves whether its elements are BF16 rather than F32, which only `b` can be
    public record Operand(MemorySegment data, boolean transposed, boolean halves) {
        public Operand(MemorySegment data, boolean transposed) {
            this(data, transposed, false);
        }
    }

    /// Rows of a block.
    private static final int BLOCK_ROWS = MicroKernel.BLOCK;

    /// Most columns of a block; with BLOCK_ROWS, its sums take a quarter of a 512 KB L2 cache.
    private static final int MAX_BLOCK_COLUMNS = 512;

    /// Longest part of K: a panel of `b` of that length leaves room in a 32 KB L1 cache.
    private static final int MAX_DEPTH = 384;

    /// How many blocks a product is cut into where it is large enough.
    private static final int WANTED_BLOCKS = 9;

    /// Most floats of `b` that are packed at once.
    private static final int STRIPE_FLOATS = 1 << 21;

    /// Rows of `b` in a unit of packing: few enough for the lines of the L1 cache.
    private static final int PACKED_ROWS = 16;

    private static final int PACKED_B = 0;
    private static final int PACKED_A = 1;
    private static final int SUMS = 2;
    private static final int COLUMN = 3;

    private final Workers workers;
    private final Operand a;
    private final Operand b;
    private final MemorySegment out;
    private final int m;
    private final int n;
    private final int k;
    private final Epilogue epilogue;
    private final boolean transposesProduct;

    private Gemm(
            Workers workers,
            Operand a,
            Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue,
            boolean transposesProduct) {
        this.workers = workers;
        this.a = a;
        this.b = b;
        this.out = out;
        this.m = m;
        this.n = n;
        this.k = k;
        this.epilogue = epilogue;
        this.transposesProduct = transposesProduct;
    }

    /// Computes a product.
    ///
    /// @param a `[M, K]`, or `[K, M]` if transposed
    /// @param b `[K, N]`, or `[N, K]` if transposed; not of halves where `a` is transposed
    /// @param out `[M, N]`; overlaps neither of them
    public static void multiply(
            Workers workers,
            Operand a,
            Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue) {
        if (MatVec.serves(m, a)) {
            MatVec.multiply(workers, a.data(), b, out, m, n, k, epilogue);
        } else if (FewRows.serves(m, a, b)) {
            FewRows.multiply(workers, a.data(), b, out, m, n, k, epilogue);
        } else if (a.transposed() && !b.transposed() && n > m) {
            var left = new Operand(b.data(), true);
            var right = new Operand(a.data(), false);
            new Gemm(workers, left, right, out, n, m, k, epilogue, true).run();
        } else {
            new Gemm(workers, a, b, out, m, n, k, epilogue, false).run();
        }
    }

    private void run() {
        int stripe = Packing.roundUp(Math.max(1, STRIPE_FLOATS / k), MAX_BLOCK_COLUMNS);
        for (int from = 0; from < n; from += stripe) {
            new Stripe(from, Math.min(n, from + stripe)).run();
        }
    }

    /// Columns `from` to `to` of the product.
    private final class Stripe {
        private final int from;
        private final int to;
        private final float[] packedB;
        private final int rowBlocks;
        private final int blockColumns;

        Stripe(int from, int to) {
            this.from = from;
            this.to = to;
            int columns = Packing.roundUp(to - from, MicroKernel.COLUMNS);
            packedB = workers.shared(PACKED_B, Math.multiplyExact(columns, k));
            rowBlocks = Math.ceilDiv(m, BLOCK_ROWS);
            int wanted = Math.ceilDiv(WANTED_BLOCKS, rowBlocks);
            int even = Packing.roundUp(Math.ceilDiv(columns, wanted), MicroKernel.COLUMNS);
            blockColumns = Math.min(MAX_BLOCK_COLUMNS, even);
        }

        void run() {
            if (b.transposed()) {
                workers.run(
                        Math.ceilDiv(to - from, MicroKernel.COLUMNS),
                        (panel, scratch) -> packPanel(panel));
            } else {
                workers.run(Math.ceilDiv(k, PACKED_ROWS), (unit, scratch) -> packRows(unit));
            }
            workers.run(
                    rowBlocks * Math.ceilDiv(to - from, blockColumns),
                    (unit, scratch) ->
                            block(
                                    unit % rowBlocks * BLOCK_ROWS,
                                    from + unit / rowBlocks * blockColumns,
                                    scratch));
        }

        /// One panel of a transposed `b`, whose columns lie as rows.
        private void packPanel(int panel) {
            int column = from + panel * MicroKernel.COLUMNS;
            int columns = Math.min(MicroKernel.COLUMNS, to - column);
            int start = panel * MicroKernel.COLUMNS * k;
            if (b.halves()) {
                Halves.transposedPanel(
                        b.data(), 2L * column * k, 2L * k, k, columns, packedB, start);
            } else {
                Packing.transposedPanel(
                        b.data(), 4L * column * k, 4L * k, k, columns, 1, packedB, start);
            }
        }

        /// A part of all panels: going through one panel alone would read a line of memory here and
        /// there.
        private void packRows(int unit) {
            int row = unit * PACKED_ROWS;
            int rows = Math.min(PACKED_ROWS, k - row);
            int start = row * MicroKernel.COLUMNS;
            for (int column = from; column < to; column += MicroKernel.COLUMNS) {
                int columns = Math.min(MicroKernel.COLUMNS, to - column);
                long offset = (long) row * n + column;
                if (b.halves()) {
                    Halves.panel(b.data(), 2 * offset, 2L * n, rows, columns, packedB, start);
                } else {
                    Packing.panel(b.data(), 4 * offset, 4L * n, rows, columns, 1, packedB, start);
                }
                start += MicroKernel.COLUMNS * k;
            }
        }

        private void block(int row, int column, Scratch scratch) {
            int rows = Math.min(BLOCK_ROWS, m - row);
            int columns = Math.min(blockColumns, to - column);
            int depth = Math.ceilDiv(k, Math.ceilDiv(k, MAX_DEPTH));
            int width = Packing.roundUp(columns, MicroKernel.COLUMNS);
            float[] packedA = scratch.floats(PACKED_A, BLOCK_ROWS * depth + Lanes.COUNT);
            float[] sums = scratch.floats(SUMS, BLOCK_ROWS * width);
            Arrays.fill(sums, 0, BLOCK_ROWS * width, 0);
            for (int k0 = 0; k0 < k; k0 += depth) {
                int part = Math.min(depth, k - k0);
                int b0 = ((column - from) * k) + k0 * MicroKernel.COLUMNS;
                if (a.transposed()) {
                    Packing.strips(a.data(), 4L * k0 * m + 4L * row, 4L * m, part, rows, packedA);
                    multiplyStrips(packedA, rows, b0, part, sums, width);
                } else {
                    Packing.rows(a.data(), 4L * row * k + 4L * k0, 4L * k, rows, part, packedA, 0);
                    multiplyRows(packedA, rows, b0, part, sums, width);
                }
            }
            if (transposesProduct) {
                storeTransposed(sums, width, row, rows, column, columns, scratch);
            } else {
                for (int i = 0; i < rows; i++) {
                    long offset = 4L * (row + i) * n + 4L * column;
                    epilogue.store(sums, i * width, columns, out, offset, column);
                }
            }
        }

        private void storeTransposed(
                float[] sums,
                int width,
                int row,
                int rows,
                int column,
                int columns,
                Scratch scratch) {
            float[] line = scratch.floats(COLUMN, BLOCK_ROWS);
            for (int j = 0; j < columns; j++) {
                for (int i = 0; i < rows; i++) {
                    line[i] = sums[i * width + j];
                }
                epilogue.store(line, 0, rows, out, 4L * (column + j) * m + 4L * row, row);
            }
        }

        private void multiplyRows(
                float[] packedA, int rows, int b0, int depth, float[] sums, int width) {
            for (int j = 0; j < width; j += MicroKernel.COLUMNS) {
                for (int i = 0; i < rows; i += MicroKernel.ROWS) {
                    MicroKernel.rows(
                            packedA,
                            i * depth,
                            depth,
                            packedB,
                            b0 + j * k,
                            depth,
                            sums,
                            i * width + j,
                            width);
                }
            }
        }

        private void multiplyStrips(
                float[] packedA, int rows, int b0, int depth, float[] sums, int width) {
            for (int j = 0; j < width; j += MicroKernel.COLUMNS) {
                for (int i = 0; i < rows; i += MicroKernel.ROWS) {
                    MicroKernel.strip(
                            packedA,
                            i * depth,
                            1,
                            packedB,
                            b0 + j * k,
                            depth,
                            sums,
                            i * width + j,
                            width);
                }
            }
        }
    }
}
