package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The matrix product `out[M,N] (+)= op(a)[M,K] . op(b)[K,N]` for any shapes, blocked and packed
/// after Goto and van de Geijn ("Anatomy of High-Performance Matrix Multiplication", 2008).
///
/// K is gone through in passes whose part of `b` fits into a cache. A pass packs it once, by all
/// threads, into one shared array, a stripe of columns at a time. A unit of work is a block of the
/// product: its thread runs [MicroKernel] over the block, K in parts that keep a few rows of `a` in
/// the L1 cache, and hands finished rows to the [Epilogue].
///
/// `a` is packed by the thread that computes a block, where it then lies in that thread's cache.
final class Gemm {
    /// Most rows of a block.
    private static final int BLOCK_ROWS = MicroKernel.BLOCK;

    /// Most columns of a block. Rows are stored in runs of that length, which memory takes faster
    /// than short ones.
    private static final int MAX_BLOCK_COLUMNS = 2048;

    /// Longest part of K: some rows of `a` of that length leave room in a 32 KB L1 cache.
    private static final int MAX_DEPTH = 384;

    /// How many blocks a product is cut into where it is large enough: so many that threads which
    /// do not run equally fast still end together.
    private static final int WANTED_BLOCKS = 16;

    /// How many floats are packed at once: few enough for an L3 cache.
    private static final int PACKED_FLOATS = 1 << 21;

    /// Rows in a unit of packing: few enough for the lines of the L1 cache.
    private static final int PACKED_ROWS = 16;

    /// Floats between a packed panel and the next: without them, panels whose length is a power of
    /// two would fall on the same lines of a cache.
    private static final int GAP = 16;

    private static final int PACKED_B = 0;
    private static final int PACKED_A = 1;
    private static final int SUMS = 2;

    private final Workers workers;
    private final Operand a;
    private final Operand b;
    private final MemorySegment out;
    private final int m;
    private final int n;
    private final int k;
    private final Epilogue epilogue;

    private Gemm(
            Workers workers,
            Operand a,
            Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue) {
        this.workers = workers;
        this.a = a;
        this.b = b;
        this.out = out;
        this.m = m;
        this.n = n;
        this.k = k;
        this.epilogue = epilogue;
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
        new Gemm(workers, a, b, out, m, n, k, epilogue).run();
    }

    private void run() {
        int longest = Math.max(MAX_DEPTH, PACKED_FLOATS / Math.min(n, MAX_BLOCK_COLUMNS));
        // `out` may be the addend, which a pass that leaves its sums there would overwrite.
        int passes = epilogue.addend() == null ? Math.ceilDiv(k, longest) : 1;
        int depth = b.whole(Math.ceilDiv(k, passes));
        for (int from = 0; from < k; from += depth) {
            new Pass(from, Math.min(k, from + depth)).run();
        }
    }

    /// Rows of the blocks: fewer where there are few, for there to be enough blocks.
    private int rowsOfBlocks() {
        int most = Math.clamp(m / WANTED_BLOCKS, 4 * MicroKernel.ROWS, BLOCK_ROWS);
        return Packing.roundUp(Math.ceilDiv(m, Math.ceilDiv(m, most)), MicroKernel.ROWS);
    }

    /// The part of the product that is summed over k from `from` to `to`. All passes but the last
    /// leave their sums in `out`.
    private final class Pass {
        private final int from;
        private final int depth;
        private final Epilogue store;
        private final int bPanel;

        Pass(int from, int to) {
            this.from = from;
            depth = to - from;
            store = epilogue.ofPass(from == 0, to == k);
            bPanel = MicroKernel.COLUMNS * depth + GAP;
        }

        void run() {
            for (int column = 0; column < n; column += MAX_BLOCK_COLUMNS) {
                int columns = Math.min(MAX_BLOCK_COLUMNS, n - column);
                multiply(column, columns, packB(column, columns));
            }
        }

        private float[] packB(int column, int columns) {
            int panels = Math.ceilDiv(columns, MicroKernel.COLUMNS);
            float[] packed = workers.shared(PACKED_B, Math.multiplyExact(panels, bPanel));
            if (b.transposed()) {
                workers.run(panels, (panel, scratch) -> packPanel(panel, column, columns, packed));
            } else {
                workers.run(
                        Math.ceilDiv(depth, PACKED_ROWS),
                        (unit, scratch) -> packRows(unit, column, columns, packed));
            }
            return packed;
        }

        /// One panel of a transposed `b`, whose columns lie as rows.
        private void packPanel(int panel, int first, int count, float[] packed) {
            int column = panel * MicroKernel.COLUMNS;
            int columns = Math.min(MicroKernel.COLUMNS, count - column);
            long offset = (long) (first + column) * k + from;
            int start = panel * bPanel;
            b.transposedPanel(offset, k, depth, columns, packed, start);
        }

        /// A part of all panels: going through one panel alone would read a line of memory here and
        /// there.
        private void packRows(int unit, int first, int count, float[] packed) {
            int row = unit * PACKED_ROWS;
            int rows = Math.min(PACKED_ROWS, depth - row);
            for (int column = 0; column < count; column += MicroKernel.COLUMNS) {
                int columns = Math.min(MicroKernel.COLUMNS, count - column);
                long offset = (long) (from + row) * n + first + column;
                int start = column / MicroKernel.COLUMNS * bPanel + row * MicroKernel.COLUMNS;
                b.panel(offset, n, rows, columns, packed, start);
            }
        }

        private void multiply(int column, int columns, float[] packedB) {
            int rows = rowsOfBlocks();
            int down = Math.ceilDiv(m, rows);
            int wanted = Math.ceilDiv(WANTED_BLOCKS, down);
            int width = Packing.roundUp(Math.ceilDiv(columns, wanted), MicroKernel.COLUMNS);
            int across = Math.ceilDiv(columns, width);
            workers.run(
                    down * across,
                    (unit, scratch) -> {
                        int row = unit / across * rows;
                        int right = unit % across * width;
                        new Block(
                                        row,
                                        Math.min(rows, m - row),
                                        column + right,
                                        Math.min(width, columns - right),
                                        scratch)
                                .run(packedB, right / MicroKernel.COLUMNS * bPanel);
                    });
        }

        /// Some rows and columns of the product.
        private final class Block {
            private final int row;
            private final int rows;
            private final int column;
            private final int columns;
            private final int width;
            private final Scratch scratch;
            private final float[] sums;

            Block(int row, int rows, int column, int columns, Scratch scratch) {
                this.row = row;
                this.rows = rows;
                this.column = column;
                this.columns = columns;
                this.scratch = scratch;
                width = Packing.roundUp(columns, MicroKernel.COLUMNS);
                sums = scratch.floats(SUMS, BLOCK_ROWS * width);
            }

            /// @param b0 where the block's first panel of `b` begins
            void run(float[] packedB, int b0) {
                Arrays.fill(sums, 0, Packing.roundUp(rows, MicroKernel.ROWS) * width, 0);
                int part = Math.ceilDiv(depth, Math.ceilDiv(depth, MAX_DEPTH));
                for (int k0 = 0; k0 < depth; k0 += part) {
                    int length = Math.min(part, depth - k0);
                    int b1 = b0 + k0 * MicroKernel.COLUMNS;
                    if (a.transposed()) {
                        strips(from + k0, length, packedB, b1);
                    } else {
                        rows(from + k0, length, packedB, b1);
                    }
                }
                for (int i = 0; i < rows; i++) {
                    long offset = 4L * (row + i) * n + 4L * column;
                    store.store(sums, i * width, columns, out, offset, column);
                }
            }

            private void rows(int k0, int length, float[] packedB, int b0) {
                float[] packedA = scratch.floats(PACKED_A, BLOCK_ROWS * length);
                long offset = 4L * row * k + 4L * k0;
                Packing.rows(a.data(), offset, 4L * k, rows, length, packedA, 0, length);
                for (int j = 0; j < width; j += MicroKernel.COLUMNS) {
                    int b1 = b0 + j / MicroKernel.COLUMNS * bPanel;
                    for (int i = 0; i < rows; i += MicroKernel.ROWS) {
                        int a1 = i * length;
                        int c0 = i * width + j;
                        MicroKernel.rows(packedA, a1, length, packedB, b1, length, sums, c0, width);
                    }
                }
            }

            private void strips(int k0, int length, float[] packedB, int b0) {
                int tile = MicroKernel.STRIP * length + GAP;
                float[] packedA =
                        scratch.floats(PACKED_A, Math.ceilDiv(BLOCK_ROWS, MicroKernel.ROWS) * tile);
                // Some k at a time, whose lines stay in the L1 cache until all strips have them.
                for (int from = 0; from < length; from += PACKED_ROWS) {
                    int count = Math.min(PACKED_ROWS, length - from);
                    long offset = 4L * (k0 + from) * m + 4L * row;
                    int start = from * MicroKernel.STRIP;
                    Packing.strips(a.data(), offset, 4L * m, count, rows, packedA, start, tile);
                }
                for (int j = 0; j < width; j += MicroKernel.COLUMNS) {
                    int b1 = b0 + j / MicroKernel.COLUMNS * bPanel;
                    for (int i = 0; i < rows; i += MicroKernel.ROWS) {
                        int a1 = i / MicroKernel.ROWS * tile;
                        int c0 = i * width + j;
                        MicroKernel.strip(packedA, a1, 1, packedB, b1, length, sums, c0, width);
                    }
                }
            }
        }
    }
}
