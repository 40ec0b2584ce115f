package io.tornadogpt.kernels;

import io.tornadogpt.core.op.MatMul;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Matrix products `out[M,N] = op(a)[M,K] . op(b)[K,N]`, where `op` transposes or does not, with an
/// epilogue: bias, activation and residual are applied before an element is stored, so that each
/// costs no pass over memory of its own.
///
/// Two kernels of the same arguments: [#matMul] for products of many rows, [#matMulOfFewRows] for
/// one or a few rows, as in decoding. What happens is said by `options`, a sum of the constants of
/// this class. Arrays of options that are off are not touched; give `a` in their place.
///
/// [RoundedMatMulKernels] are the same two for a `b` of fewer bits.
///
/// Arguments of both kernels:
///
/// | argument | shape | |
/// | --- | --- | --- |
/// | `a` | `[M,K]`, `[K,M]` with [#TRANSPOSE_A] | |
/// | `b` | `[K,N]`, `[N,K]` with [#TRANSPOSE_B] | |
/// | `bias` | `[N]` | with [#BIAS]: added first |
/// | `addend` | `[M,N]` | with [#ADDEND]: added last; may be `out` itself |
/// | `preActivation` | `[M,N]` | with [#KEEP]: assigned, the value that the activation is applied to |
/// | `out` | `[M,N]` | added to with [#ACCUMULATE] |
public final class MatMulKernels {
    /// `a` is `[K,M]`.
    public static final int TRANSPOSE_A = 1;

    /// `b` is `[N,K]`.
    public static final int TRANSPOSE_B = 2;

    /// The product is added to `out`.
    public static final int ACCUMULATE = 4;

    /// `bias` is added.
    public static final int BIAS = 8;

    /// What the activation is applied to is kept in `preActivation`.
    public static final int KEEP = 16;

    /// `addend` is added.
    public static final int ADDEND = 32;

    /// Times [ActivationKernels#number]: that function is applied.
    public static final int ACTIVATION = 64;

    /// A group computes 64 x 64 elements, each of its 256 work-items 4 x 4 of them.
    static final int TILE = 64;

    /// Elements of the inner dimension that lie in local memory at a time.
    static final int STEP = 16;

    static final int ITEMS = 256;

    /// Elements of a tile's row in local memory: four more than it holds, so that what a work-item
    /// needs of a row stays aligned to 16 bytes, which an assembler for NVIDIA makes one load of,
    /// and storing a column meets many banks of local memory.
    static final int PITCH = TILE + 4;

    /// For few rows: columns of a group.
    static final int COLUMNS = 32;

    /// For few rows: work-items that share the sum of a column.
    static final int SHARES = 8;

    /// Rows up to which [#matMulOfFewRows] is used.
    private static final int FEW_ROWS = 3;

    private MatMulKernels() {}

    /// How [MatMul] is launched.
    public static OpKernels of(MatMul o) {
        boolean few = o.m() <= FEW_ROWS;
        WorkerGrid grid = few ? matMulOfFewRowsGrid(o.m(), o.n()) : matMulGrid(o.m(), o.n());
        return o.b().dtype().rounds() ? rounded(o, few, grid) : floats(o, few, grid);
    }

    private static OpKernels floats(MatMul o, boolean few, WorkerGrid grid) {
        MatMul.Epilogue e = o.epilogue();
        return OpKernels.of(
                few ? "matMulOfFewRows" : "matMul",
                grid,
                (t, g, name) ->
                        g.task(
                                name,
                                few ? MatMulKernels::matMulOfFewRows : MatMulKernels::matMul,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.a()),
                                t.place(o.a()),
                                t.floats(o.b()),
                                t.place(o.b()),
                                t.floatsOr(e.bias(), o.a()),
                                t.placeOrWhole(e.bias()),
                                t.floatsOr(e.addend(), o.a()),
                                t.placeOrWhole(e.addend()),
                                t.floatsOr(e.preActivation(), o.a()),
                                t.placeOrWhole(e.preActivation()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                o.m(),
                                o.n(),
                                o.k(),
                                options(o)));
    }

    private static OpKernels rounded(MatMul o, boolean few, WorkerGrid grid) {
        MatMul.Epilogue e = o.epilogue();
        return OpKernels.of(
                few ? "roundedMatMulOfFewRows" : "roundedMatMul",
                grid,
                (t, g, name) ->
                        g.task(
                                name,
                                few
                                        ? RoundedMatMulKernels::roundedMatMulOfFewRows
                                        : RoundedMatMulKernels::roundedMatMul,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.a()),
                                t.place(o.a()),
                                t.bytes(o.b()),
                                t.place(o.b()),
                                t.floatsOr(e.bias(), o.a()),
                                t.placeOrWhole(e.bias()),
                                t.floatsOr(e.addend(), o.a()),
                                t.placeOrWhole(e.addend()),
                                t.floatsOr(e.preActivation(), o.a()),
                                t.placeOrWhole(e.preActivation()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                o.m(),
                                o.n(),
                                o.k(),
                                options(o)
                                        + RoundedMatMulKernels.TYPE
                                                * RoundedNumbers.number(o.b().dtype())));
    }

    /// The launch of [#matMul]: 256 work-items for each 64 x 64 elements of `out`.
    public static WorkerGrid matMulGrid(int m, int n) {
        WorkerGrid grid = new WorkerGrid2D((n + TILE - 1) / TILE * ITEMS, (m + TILE - 1) / TILE);
        grid.setLocalWork(ITEMS, 1, 1);
        return grid;
    }

    /// The product, tiled in local memory (8,704 bytes) and registers: each element that is loaded
    /// from local memory is used four times. 2 M N K FLOPs; `4 (M K N / 64 + K N M / 64 + M N)`
    /// bytes.
    ///
    /// The next tile's elements are loaded from global memory before the barrier that ends the use
    /// of the tile before, so that loads overlap with waiting.
    public static void matMul(
            KernelContext context,
            IntArray layer,
            FloatArray a,
            long aPlace,
            FloatArray b,
            long bPlace,
            FloatArray bias,
            long biasPlace,
            FloatArray addend,
            long addendPlace,
            FloatArray preActivation,
            long preActivationPlace,
            FloatArray out,
            long outPlace,
            int m,
            int n,
            int k,
            int options) {
        float[] aTile = context.allocateFloatLocalArray(STEP * PITCH);
        float[] bTile = context.allocateFloatLocalArray(STEP * PITCH);
        int item = context.localIdx;
        int row0 = context.groupIdy * TILE;
        int column0 = context.groupIdx * TILE;
        int aStart = Place.start(aPlace, layer);
        int bStart = Place.start(bPlace, layer);

        // Neighbouring work-items load neighbouring elements, whichever way the matrix lies.
        int aTransposed = options & TRANSPOSE_A;
        int bTransposed = options & TRANSPOSE_B;
        boolean aByRows = aTransposed == 0;
        boolean bByRows = bTransposed == 0;
        int aRow = aByRows ? item / STEP : item % TILE;
        int aInner = aByRows ? item % STEP : item / TILE;
        int bColumn = bByRows ? item % TILE : item / STEP;
        int bInner = bByRows ? item / TILE : item % STEP;
        int aRows = aByRows ? 16 : 0; // from one of the four elements that it loads to the next
        int aInners = aByRows ? 0 : 4;
        int bColumns = bByRows ? 0 : 16;
        int bInners = bByRows ? 4 : 0;
        int aAt = aInner * PITCH + aRow;
        int aStride = aInners * PITCH + aRows;
        int bAt = bInner * PITCH + bColumn;
        int bStride = bInners * PITCH + bColumns;
        int aFrom = row0 + aRow;
        int bFrom = column0 + bColumn;

        // Scalars: PTX keeps arrays of a work-item in memory, however they are indexed.
        float sum00 = 0f;
        float sum01 = 0f;
        float sum02 = 0f;
        float sum03 = 0f;
        float sum10 = 0f;
        float sum11 = 0f;
        float sum12 = 0f;
        float sum13 = 0f;
        float sum20 = 0f;
        float sum21 = 0f;
        float sum22 = 0f;
        float sum23 = 0f;
        float sum30 = 0f;
        float sum31 = 0f;
        float sum32 = 0f;
        float sum33 = 0f;
        int top = item / 16 * 4;
        int left = item % 16 * 4;
        for (int inner0 = 0; inner0 < k; inner0 += STEP) {
            int aK = inner0 + aInner;
            int bK = inner0 + bInner;
            float a0 = element(a, aStart, aFrom, aK, m, k, aTransposed);
            float a1 = element(a, aStart, aFrom + aRows, aK + aInners, m, k, aTransposed);
            float a2 = element(a, aStart, aFrom + 2 * aRows, aK + 2 * aInners, m, k, aTransposed);
            float a3 = element(a, aStart, aFrom + 3 * aRows, aK + 3 * aInners, m, k, aTransposed);
            float b0 = element(b, bStart, bK, bFrom, k, n, bTransposed);
            float b1 = element(b, bStart, bK + bInners, bFrom + bColumns, k, n, bTransposed);
            float b2 =
                    element(b, bStart, bK + 2 * bInners, bFrom + 2 * bColumns, k, n, bTransposed);
            float b3 =
                    element(b, bStart, bK + 3 * bInners, bFrom + 3 * bColumns, k, n, bTransposed);
            context.localBarrier();
            aTile[aAt] = a0;
            aTile[aAt + aStride] = a1;
            aTile[aAt + 2 * aStride] = a2;
            aTile[aAt + 3 * aStride] = a3;
            bTile[bAt] = b0;
            bTile[bAt + bStride] = b1;
            bTile[bAt + 2 * bStride] = b2;
            bTile[bAt + 3 * bStride] = b3;
            context.localBarrier();
            for (int inner = 0; inner < STEP; inner++) {
                int rowsAt = inner * PITCH + top;
                int columnsAt = inner * PITCH + left;
                b0 = bTile[columnsAt];
                b1 = bTile[columnsAt + 1];
                b2 = bTile[columnsAt + 2];
                b3 = bTile[columnsAt + 3];
                a0 = aTile[rowsAt];
                sum00 += a0 * b0;
                sum01 += a0 * b1;
                sum02 += a0 * b2;
                sum03 += a0 * b3;
                a1 = aTile[rowsAt + 1];
                sum10 += a1 * b0;
                sum11 += a1 * b1;
                sum12 += a1 * b2;
                sum13 += a1 * b3;
                a2 = aTile[rowsAt + 2];
                sum20 += a2 * b0;
                sum21 += a2 * b1;
                sum22 += a2 * b2;
                sum23 += a2 * b3;
                a3 = aTile[rowsAt + 3];
                sum30 += a3 * b0;
                sum31 += a3 * b1;
                sum32 += a3 * b2;
                sum33 += a3 * b3;
            }
        }

        int outStart = Place.start(outPlace, layer);
        int biasStart = Place.start(biasPlace, layer);
        int preStart = Place.start(preActivationPlace, layer);
        int addendStart = Place.start(addendPlace, layer);
        store(
                bias,
                biasStart,
                addend,
                addendStart,
                preActivation,
                preStart,
                out,
                outStart,
                row0 + top,
                column0 + left,
                sum00,
                sum01,
                sum02,
                sum03,
                m,
                n,
                options);
        store(
                bias,
                biasStart,
                addend,
                addendStart,
                preActivation,
                preStart,
                out,
                outStart,
                row0 + top + 1,
                column0 + left,
                sum10,
                sum11,
                sum12,
                sum13,
                m,
                n,
                options);
        store(
                bias,
                biasStart,
                addend,
                addendStart,
                preActivation,
                preStart,
                out,
                outStart,
                row0 + top + 2,
                column0 + left,
                sum20,
                sum21,
                sum22,
                sum23,
                m,
                n,
                options);
        store(
                bias,
                biasStart,
                addend,
                addendStart,
                preActivation,
                preStart,
                out,
                outStart,
                row0 + top + 3,
                column0 + left,
                sum30,
                sum31,
                sum32,
                sum33,
                m,
                n,
                options);
    }

    /// Element (row, column) of a matrix of `[rows, columns]`, or of `[columns, rows]` where it is
    /// transposed; 0 outside.
    static float element(
            FloatArray matrix,
            int start,
            int row,
            int column,
            int rows,
            int columns,
            int transposed) {
        float value = 0f;
        if (row < rows && column < columns) {
            int at = transposed == 0 ? row * columns + column : column * rows + row;
            value = matrix.get(start + at);
        }
        return value;
    }

    /// Applies the epilogue to four neighbouring sums of a row, and stores them.
    static void store(
            FloatArray bias,
            int biasStart,
            FloatArray addend,
            int addendStart,
            FloatArray preActivation,
            int preStart,
            FloatArray out,
            int outStart,
            int row,
            int column,
            float sum0,
            float sum1,
            float sum2,
            float sum3,
            int m,
            int n,
            int options) {
        if (row < m) {
            for (int j = 0; j < 4; j++) {
                int at = column + j;
                float value = j == 0 ? sum0 : j == 1 ? sum1 : j == 2 ? sum2 : sum3;
                if (at < n) {
                    int element = row * n + at;
                    if ((options & ACCUMULATE) != 0) {
                        value += out.get(outStart + element);
                    }
                    if ((options & BIAS) != 0) {
                        value += bias.get(biasStart + at);
                    }
                    if ((options & KEEP) != 0) {
                        preActivation.set(preStart + element, value);
                    }
                    value = ActivationKernels.value(value, options / ACTIVATION);
                    if ((options & ADDEND) != 0) {
                        value += addend.get(addendStart + element);
                    }
                    out.set(outStart + element, value);
                }
            }
        }
    }

    /// The launch of [#matMulOfFewRows]: 256 work-items for each 32 columns of a row of `out`.
    public static WorkerGrid matMulOfFewRowsGrid(int m, int n) {
        WorkerGrid grid = new WorkerGrid2D((n + COLUMNS - 1) / COLUMNS * ITEMS, m);
        grid.setLocalWork(ITEMS, 1, 1);
        return grid;
    }

    /// The product where M is 1 or little more: bound by reading `b` once a row. Where `b` is
    /// `[K,N]` a work-item sums every eighth product of a column, neighbours reading neighbouring
    /// columns; where it is `[N,K]`, eight neighbours walk along a row of `b`. 1 KiB of local
    /// memory. 2 M N K FLOPs; `4 M (K N + K + N)` bytes.
    public static void matMulOfFewRows(
            KernelContext context,
            IntArray layer,
            FloatArray a,
            long aPlace,
            FloatArray b,
            long bPlace,
            FloatArray bias,
            long biasPlace,
            FloatArray addend,
            long addendPlace,
            FloatArray preActivation,
            long preActivationPlace,
            FloatArray out,
            long outPlace,
            int m,
            int n,
            int k,
            int options) {
        float[] parts = context.allocateFloatLocalArray(ITEMS);
        int item = context.localIdx;
        int row = context.groupIdy;
        boolean bByRows = (options & TRANSPOSE_B) == 0;
        int local = bByRows ? item % COLUMNS : item / SHARES;
        int share = bByRows ? item / COLUMNS : item % SHARES;
        int column = context.groupIdx * COLUMNS + local;
        int aStart = Place.start(aPlace, layer);
        int bStart = Place.start(bPlace, layer);
        float sum = 0f;
        if (column < n) {
            for (int inner = share; inner < k; inner += SHARES) {
                int aAt = (options & TRANSPOSE_A) == 0 ? row * k + inner : inner * m + row;
                int bAt = bByRows ? inner * n + column : column * k + inner;
                sum += a.get(aStart + aAt) * b.get(bStart + bAt);
            }
        }
        parts[share * COLUMNS + local] = sum;
        context.localBarrier();
        if (share == 0 && column < n) {
            float value = 0f;
            for (int i = 0; i < SHARES; i++) {
                value += parts[i * COLUMNS + local];
            }
            int element = row * n + column;
            if ((options & ACCUMULATE) != 0) {
                value += out.get(Place.start(outPlace, layer) + element);
            }
            if ((options & BIAS) != 0) {
                value += bias.get(Place.start(biasPlace, layer) + column);
            }
            if ((options & KEEP) != 0) {
                preActivation.set(Place.start(preActivationPlace, layer) + element, value);
            }
            value = ActivationKernels.value(value, options / ACTIVATION);
            if ((options & ADDEND) != 0) {
                value += addend.get(Place.start(addendPlace, layer) + element);
            }
            out.set(Place.start(outPlace, layer) + element, value);
        }
    }

    private static int options(MatMul o) {
        MatMul.Epilogue e = o.epilogue();
        int options = o.transposeA() ? TRANSPOSE_A : 0;
        options += o.transposeB() ? TRANSPOSE_B : 0;
        options += o.accumulate() ? ACCUMULATE : 0;
        options += e.bias() != null ? BIAS : 0;
        if (e.activation() != null) {
            options += ACTIVATION * ActivationKernels.number(e.activation());
        }
        options += e.preActivation() != null ? KEEP : 0;
        return options + (e.addend() != null ? ADDEND : 0);
    }
}
