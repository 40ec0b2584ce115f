package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Products of up to some hundred rows by weights that lie `[N, K]`, as in reading a prompt or in
/// decoding many sequences: `out[M,N] (+)= a[M,K] . b[N,K]^T`.
///
/// They are computed turned, as `b . a^T`: rows of `b` are what [MicroKernel] takes for its left
/// matrix, so they are copied as they lie, which costs less than turning them, and only the small
/// `a` is turned. A unit of work is some rows of `b`, which are columns of the product: its thread
/// copies them, multiplies them by all rows of `a` and turns the sums on their way out. A small `a`
/// is packed by each thread for itself, so that threads wait for each other once, at the end; a
/// larger one by all threads for all. A long K is gone through in passes.
final class ByRows {
    private static final int MAX_ROWS = 512;

    /// From this K on, turning the sums takes less than turning `b` would.
    private static final int MIN_K = 256;

    /// Longest K of a pass, for which all of `a` is packed at once.
    private static final int MAX_K = 4096;

    /// The largest `a` that every thread packs for itself, in floats.
    private static final int SMALL = 128 * 1024;

    /// Most columns of the product in a unit: whole tiles and whole vectors.
    private static final int MAX_COLUMNS = MicroKernel.BLOCK;

    /// How many units there are where the product is wide enough, so that threads end together.
    private static final int WANTED_UNITS = 8;

    /// How much of `b` is copied at a time, in floats.
    private static final int COPIED = 64 * 1024;

    /// Longest part of K: a panel of `a` of that length stays near while rows of `b` pass.
    private static final int MAX_DEPTH = 384;

    /// Floats between the rows of the copy of `b` beyond K: without them, rows whose length is a
    /// power of two would fall on the same lines of a cache.
    private static final int GAP = 16;

    private static final int PACKED_A = 0;
    private static final int COPIED_B = 1;
    private static final int SUMS = 2;
    private static final int TURNED = 3;

    private static final int TILE = MicroKernel.SLIM_ROWS;
    private static final int PANEL = MicroKernel.COLUMNS;

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

    /// All rows of `a`, to whole panels.
    private final int rows;

    /// Columns of a unit.
    private final int width;

    /// Rows of `b` that are copied at a time.
    private final int block;

    private ByRows(
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
        rows = Packing.roundUp(m, PANEL);
        width = Math.min(MAX_COLUMNS, Packing.roundUp(Math.ceilDiv(n, WANTED_UNITS), TILE));
        block = TILE * Math.clamp(COPIED / depth / TILE, 1, width / TILE);
    }

    /// Whether this is the way to multiply `m` rows.
    static boolean serves(int m, int k, Operand a, Operand b, Epilogue epilogue) {
        // `out` may be the addend, which a pass that leaves its sums there would overwrite.
        return m <= MAX_ROWS
                && (k >= MIN_K || b.quantized())
                && (k <= MAX_K || epilogue.addend() == null)
                && !a.transposed()
                && b.transposed();
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
        int depth = b.whole(Math.ceilDiv(k, Math.ceilDiv(k, MAX_K)));
        for (int first = 0; first < k; first += depth) {
            int count = Math.min(depth, k - first);
            Epilogue store = epilogue.ofPass(first == 0, first + count == k);
            new ByRows(a, b, out, m, n, k, first, count, store).run(workers);
        }
    }

    private void run(Workers workers) {
        int units = Math.ceilDiv(n, width);
        int panels = rows / PANEL;
        if ((long) m * depth <= SMALL) {
            workers.run(units, (unit, scratch) -> multiply(unit, ownA(scratch), scratch));
        } else {
            float[] packedA = workers.shared(PACKED_A, panels * panelLength());
            workers.run(panels, (panel, scratch) -> packPanel(panel, packedA));
            workers.run(units, (unit, scratch) -> multiply(unit, packedA, scratch));
        }
    }

    /// From panel to panel of the packed `a`.
    private int panelLength() {
        return PANEL * depth + GAP;
    }

    /// All of `a`, packed at a thread's first unit.
    private float[] ownA(Scratch scratch) {
        int panels = rows / PANEL;
        float[] packed = scratch.floats(PACKED_A, panels * panelLength());
        if (!scratch.holds(this)) {
            for (int panel = 0; panel < panels; panel++) {
                packPanel(panel, packed);
            }
            scratch.hold(this);
        }
        return packed;
    }

    private void packPanel(int panel, float[] packed) {
        int row = panel * PANEL;
        int count = Math.min(PANEL, m - row);
        a.transposedPanel((long) row * k + first, k, depth, count, packed, panel * panelLength());
    }

    /// Computes the columns of a unit.
    private void multiply(int unit, float[] packedA, Scratch scratch) {
        int column = unit * width;
        int columns = Math.min(width, n - column);
        int bRow = depth + GAP;
        float[] copied = scratch.floats(COPIED_B, block * bRow);
        float[] sums = scratch.floats(SUMS, MAX_COLUMNS * rows);
        Arrays.fill(sums, 0, Packing.roundUp(columns, TILE) * rows, 0);
        for (int from = 0; from < columns; from += block) {
            int count = Math.min(block, columns - from);
            b.rows((long) (column + from) * k + first, k, count, depth, copied, bRow);
            multiply(packedA, copied, bRow, count, sums, from * rows);
        }
        float[] turned = scratch.floats(TURNED, rows * MAX_COLUMNS);
        Packing.turn(sums, rows, Packing.roundUp(columns, Lanes.COUNT), m, turned, MAX_COLUMNS);
        for (int i = 0; i < m; i++) {
            long offset = 4L * i * n + 4L * column;
            epilogue.store(turned, i * MAX_COLUMNS, columns, out, offset, column);
        }
    }

    private void multiply(
            float[] packedA, float[] copied, int bRow, int count, float[] sums, int to) {
        for (int from = 0; from < depth; from += MAX_DEPTH) {
            int length = Math.min(MAX_DEPTH, depth - from);
            for (int j = 0; j < m; j += PANEL) {
                int a0 = j / PANEL * panelLength() + from * PANEL;
                int c0 = to + j;
                if (m - j > Lanes.COUNT) {
                    for (int i = 0; i < count; i += MicroKernel.ROWS) {
                        MicroKernel.rows(
                                copied,
                                i * bRow + from,
                                bRow,
                                packedA,
                                a0,
                                length,
                                sums,
                                c0 + i * rows,
                                rows);
                    }
                } else {
                    for (int i = 0; i < count; i += TILE) {
                        MicroKernel.slim(
                                copied,
                                i * bRow + from,
                                bRow,
                                packedA,
                                a0,
                                length,
                                sums,
                                c0 + i * rows,
                                rows);
                    }
                }
            }
        }
    }
}
