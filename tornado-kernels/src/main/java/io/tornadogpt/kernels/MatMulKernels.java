package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task18;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Matrix products `out[M,N] = op(a)[M,K] . op(b)[K,N]`, where `op` transposes or does not, with an
/// epilogue: bias, activation and residual are applied before an element is stored, so that each
/// costs no pass over memory of its own.
///
/// Three kernels of the same arguments: [#matMul] for products of many rows,
/// [LargeTileKernels#matMulInLargeTiles] for large ones, [#matMulOfFewRows] for one or a few rows,
/// as in decoding. What happens is said by `options`, a sum of the constants of this class. Arrays
/// of options that are off are not touched; give `a` in their place.
///
/// [RoundedMatMulKernels] are the first and the last for a `b` of fewer bits.
///
/// Arguments of all three:
///
/// | argument | shape | |
/// | --- | --- | --- |
/// | `a` | `[M,K]`, `[K,M]` with [#TRANSPOSE_A] | |
/// | `b` | `[K,N]`, `[N,K]` with [#TRANSPOSE_B] | |
/// | `bias` | `[N]` | with [#BIAS]: added first |
/// | `addend` | `[M,N]` | with [#ADDEND]: added last; may be `out` itself |
/// | | | with [#DERIVATIVE]: what the activation was applied to |
/// | `preActivation` | `[M,N]` | with [#KEEP]: assigned, the value that the activation is applied to |
/// | | `[M]` | with [#ROW_SUMS], which excludes [#KEEP]: the sums of the rows of `op(a)` are added |
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

    /// The sums of the rows of `op(a)` are added to `preActivation`: the gradient of a bias, where
    /// the product is that of a weight. Not of [#matMulOfFewRows].
    public static final int ROW_SUMS = 8 * ACTIVATION;

    /// Each element is multiplied by the activation's derivative at `addend`, in place of applying
    /// the activation: the gradient of what an activation was applied to. Excludes [#ADDEND]; not
    /// of [#matMulOfFewRows].
    public static final int DERIVATIVE = 16 * ACTIVATION;

    /// A group computes 64 x 64 elements, each of its 256 work-items 4 x 4 of them.
    static final int TILE = 64;

    /// Elements of the inner dimension that lie in local memory at a time.
    static final int STEP = 16;

    static final int ITEMS = 256;

    /// Elements of a tile's row in local memory: four more than it holds, so that what a work-item
    /// needs of a row stays aligned to 16 bytes, which an assembler for NVIDIA makes one load of,
    /// and storing a column meets many banks of local memory.
    static final int PITCH = TILE + 4;

    /// For few rows: the most and the fewest columns of a group, powers of two.
    private static final int MOST_COLUMNS = 32;

    private static final int FEWEST_COLUMNS = 4;

    /// For few rows: groups that keep all multiprocessors of a large device busy.
    private static final int MANY_GROUPS = 132;

    /// Rows up to which [#matMulOfFewRows] is used.
    private static final int FEW_ROWS = 3;

    private MatMulKernels() {}

    /// How [MatMul] is launched.
    public static OpKernels of(MatMul o) {
        MatMul.Epilogue e = o.epilogue();
        boolean few = o.m() <= FEW_ROWS;
        if (o.b().dtype().rounds()) {
            WorkerGrid grid = few ? matMulOfFewRowsGrid(o.m(), o.n()) : matMulGrid(o.m(), o.n());
            return rounded(o, few, grid);
        }
        return few
                ? floats(
                        o,
                        o.out(),
                        e.addend(),
                        e.preActivation(),
                        options(o),
                        "matMulOfFewRows",
                        matMulOfFewRowsGrid(o.m(), o.n()),
                        MatMulKernels::matMulOfFewRows)
                : many(o, o.out(), e.addend(), e.preActivation(), options(o));
    }

    /// How a product is launched that also adds the sums of the rows of `op(a)` to a tensor.
    ///
    /// @param rowSums `[M]`
    public static OpKernels withRowSums(MatMul o, Tensor rowSums) {
        return many(o, o.out(), null, rowSums, options(o) + ROW_SUMS);
    }

    /// How a product is launched together with the gradient of an activation that reads it.
    public static OpKernels withDerivative(MatMul o, Activation.Backward activation) {
        int function = ActivationKernels.number(activation.function());
        int options = options(o) + DERIVATIVE + ACTIVATION * function;
        return many(o, activation.dX(), activation.x(), null, options);
    }

    /// Whether [#withRowSums], or [#withDerivative] where it does not accumulate, takes a product.
    public static boolean takesMore(MatMul o) {
        return o.m() > FEW_ROWS
                && !o.b().dtype().rounds()
                && o.epilogue().equals(MatMul.Epilogue.NONE);
    }

    private static OpKernels many(
            MatMul o,
            Tensor out,
            @Nullable Tensor addend,
            @Nullable Tensor preActivation,
            int options) {
        return LargeTileKernels.serves(o.m(), o.n())
                ? floats(
                        o,
                        out,
                        addend,
                        preActivation,
                        options,
                        "matMulInLargeTiles",
                        LargeTileKernels.matMulInLargeTilesGrid(o.m(), o.n()),
                        LargeTileKernels::matMulInLargeTiles)
                : floats(
                        o,
                        out,
                        addend,
                        preActivation,
                        options,
                        "matMul",
                        matMulGrid(o.m(), o.n()),
                        MatMulKernels::matMul);
    }

    private static OpKernels floats(
            MatMul o,
            Tensor out,
            @Nullable Tensor addend,
            @Nullable Tensor preActivation,
            int options,
            String name,
            WorkerGrid grid,
            Task18<
                            KernelContext,
                            IntArray,
                            FloatArray,
                            Long,
                            FloatArray,
                            Long,
                            FloatArray,
                            Long,
                            FloatArray,
                            Long,
                            FloatArray,
                            Long,
                            FloatArray,
                            Long,
                            Integer,
                            Integer,
                            Integer,
                            Integer>
                    product) {
        Tensor bias = o.epilogue().bias();
        return OpKernels.of(
                name,
                grid,
                (t, g, task) ->
                        g.task(
                                task,
                                product,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.a()),
                                t.place(o.a()),
                                t.floats(o.b()),
                                t.place(o.b()),
                                t.floatsOr(bias, o.a()),
                                t.placeOrWhole(bias),
                                t.floatsOr(addend, o.a()),
                                t.placeOrWhole(addend),
                                t.floatsOr(preActivation, o.a()),
                                t.placeOrWhole(preActivation),
                                t.floats(out),
                                t.place(out),
                                o.m(),
                                o.n(),
                                o.k(),
                                options));
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

    /// The product, tiled in local memory (17,408 bytes) and registers: each work-item computes 4 x
    /// 4 elements, and what it loads from local memory is used four times. 2 M N K FLOPs; `M N (K /
    /// 8 + 4)` bytes.
    ///
    /// Local memory holds two steps: while products of one are summed, the next is on its way from
    /// global memory, and one barrier a step is enough. Rows and columns beyond the matrix are
    /// those of its last one again, whose sums are not stored, so that only the inner dimension
    /// needs a guard.
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
        float[] aTile = context.allocateFloatLocalArray(2 * STEP * PITCH);
        float[] bTile = context.allocateFloatLocalArray(2 * STEP * PITCH);
        int item = context.localIdx;
        int row0 = context.groupIdy * TILE;
        int column0 = context.groupIdx * TILE;
        int aStart = Place.start(aPlace, layer);
        int bStart = Place.start(bPlace, layer);

        // Neighbouring work-items load neighbouring elements, whichever way the matrix lies.
        int aTransposed = options & TRANSPOSE_A;
        int bTransposed = options & TRANSPOSE_B;
        boolean aAlongK = aTransposed == 0;
        boolean bAlongK = bTransposed != 0;
        int aLine = aAlongK ? item / STEP : item % TILE;
        int aInner = aAlongK ? item % STEP : item / TILE;
        int bLine = bAlongK ? item / STEP : item % TILE;
        int bInner = bAlongK ? item % STEP : item / TILE;
        int aLines = aAlongK ? 16 : 0; // from one of the four elements that it loads to the next
        int aInners = aAlongK ? 0 : 4;
        int bLines = bAlongK ? 16 : 0;
        int bInners = bAlongK ? 0 : 4;
        int aTo = aInner * PITCH + aLine;
        int aStride = aInners * PITCH + aLines;
        int bTo = bInner * PITCH + bLine;
        int bStride = bInners * PITCH + bLines;
        int aAt0 = aStart + place(row0 + aLine, aInner, m, k, aAlongK);
        int aAt1 = aStart + place(row0 + aLine + aLines, aInner + aInners, m, k, aAlongK);
        int aAt2 = aStart + place(row0 + aLine + 2 * aLines, aInner + 2 * aInners, m, k, aAlongK);
        int aAt3 = aStart + place(row0 + aLine + 3 * aLines, aInner + 3 * aInners, m, k, aAlongK);
        int bAt0 = bStart + place(column0 + bLine, bInner, n, k, bAlongK);
        int bAt1 = bStart + place(column0 + bLine + bLines, bInner + bInners, n, k, bAlongK);
        int bAt2 =
                bStart + place(column0 + bLine + 2 * bLines, bInner + 2 * bInners, n, k, bAlongK);
        int bAt3 =
                bStart + place(column0 + bLine + 3 * bLines, bInner + 3 * bInners, n, k, bAlongK);
        int aNext = aAlongK ? STEP : STEP * m;
        int bNext = bAlongK ? STEP : STEP * n;

        float rowSum = 0f;
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
        float a0 = within(a, aAt0, aInner, k);
        float a1 = within(a, aAt1, aInner + aInners, k);
        float a2 = within(a, aAt2, aInner + 2 * aInners, k);
        float a3 = within(a, aAt3, aInner + 3 * aInners, k);
        float b0 = within(b, bAt0, bInner, k);
        float b1 = within(b, bAt1, bInner + bInners, k);
        float b2 = within(b, bAt2, bInner + 2 * bInners, k);
        float b3 = within(b, bAt3, bInner + 3 * bInners, k);
        if ((options & ROW_SUMS) != 0) {
            rowSum += a0 + a1 + a2 + a3;
        }
        aTile[aTo] = a0;
        aTile[aTo + aStride] = a1;
        aTile[aTo + 2 * aStride] = a2;
        aTile[aTo + 3 * aStride] = a3;
        bTile[bTo] = b0;
        bTile[bTo + bStride] = b1;
        bTile[bTo + 2 * bStride] = b2;
        bTile[bTo + 3 * bStride] = b3;
        context.localBarrier();
        int top = item / 16 * 4;
        int left = item % 16 * 4;
        for (int inner0 = 0; inner0 < k; inner0 += STEP) {
            int step = inner0 + STEP;
            aAt0 += aNext;
            aAt1 += aNext;
            aAt2 += aNext;
            aAt3 += aNext;
            bAt0 += bNext;
            bAt1 += bNext;
            bAt2 += bNext;
            bAt3 += bNext;
            a0 = within(a, aAt0, step + aInner, k);
            a1 = within(a, aAt1, step + aInner + aInners, k);
            a2 = within(a, aAt2, step + aInner + 2 * aInners, k);
            a3 = within(a, aAt3, step + aInner + 3 * aInners, k);
            b0 = within(b, bAt0, step + bInner, k);
            b1 = within(b, bAt1, step + bInner + bInners, k);
            b2 = within(b, bAt2, step + bInner + 2 * bInners, k);
            b3 = within(b, bAt3, step + bInner + 3 * bInners, k);
            if ((options & ROW_SUMS) != 0) {
                rowSum += a0 + a1 + a2 + a3;
            }
            int from = (inner0 & STEP) * PITCH;
            for (int part = 0; part < STEP; part += STEP / 2) {
                for (int i = 0; i < STEP / 2; i++) { // few enough for TornadoVM to unroll
                    int rowsAt = from + (part + i) * PITCH + top;
                    int columnsAt = from + (part + i) * PITCH + left;
                    float y0 = bTile[columnsAt];
                    float y1 = bTile[columnsAt + 1];
                    float y2 = bTile[columnsAt + 2];
                    float y3 = bTile[columnsAt + 3];
                    float x0 = aTile[rowsAt];
                    sum00 += x0 * y0;
                    sum01 += x0 * y1;
                    sum02 += x0 * y2;
                    sum03 += x0 * y3;
                    float x1 = aTile[rowsAt + 1];
                    sum10 += x1 * y0;
                    sum11 += x1 * y1;
                    sum12 += x1 * y2;
                    sum13 += x1 * y3;
                    float x2 = aTile[rowsAt + 2];
                    sum20 += x2 * y0;
                    sum21 += x2 * y1;
                    sum22 += x2 * y2;
                    sum23 += x2 * y3;
                    float x3 = aTile[rowsAt + 3];
                    sum30 += x3 * y0;
                    sum31 += x3 * y1;
                    sum32 += x3 * y2;
                    sum33 += x3 * y3;
                }
            }
            int to = (step & STEP) * PITCH;
            aTile[to + aTo] = a0;
            aTile[to + aTo + aStride] = a1;
            aTile[to + aTo + 2 * aStride] = a2;
            aTile[to + aTo + 3 * aStride] = a3;
            bTile[to + bTo] = b0;
            bTile[to + bTo + bStride] = b1;
            bTile[to + bTo + 2 * bStride] = b2;
            bTile[to + bTo + 3 * bStride] = b3;
            context.localBarrier();
        }

        int outStart = Place.start(outPlace, layer);
        int biasStart = Place.start(biasPlace, layer);
        int preStart = Place.start(preActivationPlace, layer);
        int addendStart = Place.start(addendPlace, layer);
        if ((options & ROW_SUMS) != 0) { // of what a work-item has loaded of its row
            aTile[item] = rowSum;
            context.localBarrier();
            int row = row0 + item;
            if (column0 == 0 && item < TILE && row < m) {
                for (int i = TILE; i < ITEMS; i += TILE) {
                    rowSum += aTile[i + item];
                }
                preActivation.set(preStart + row, preActivation.get(preStart + row) + rowSum);
            }
        }
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

    /// Where an element lies in a matrix whose lines are rows of `a` or columns of `b`.
    ///
    /// @param alongK whether the elements of a line are neighbours
    static int place(int line, int inner, int lines, int k, boolean alongK) {
        int last = line < lines ? line : lines - 1;
        return alongK ? last * k + inner : inner * lines + last;
    }

    /// The element at a place; 0 beyond the inner dimension.
    static float within(FloatArray matrix, int at, int inner, int k) {
        float value = 0f;
        if (inner < k) {
            value = matrix.get(at);
        }
        return value;
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
                    int function = options / ACTIVATION % 8;
                    if ((options & DERIVATIVE) != 0) {
                        float x = addend.get(addendStart + element);
                        value *= ActivationKernels.derivative(x, function);
                    } else {
                        value = ActivationKernels.value(value, function);
                    }
                    if ((options & ADDEND) != 0) {
                        value += addend.get(addendStart + element);
                    }
                    out.set(outStart + element, value);
                }
            }
        }
    }

    /// The launch of [#matMulOfFewRows]: 256 work-items for each 4 to 32 columns of a row of `out`.
    public static WorkerGrid matMulOfFewRowsGrid(int m, int n) {
        int columns = columnsOfGroup(n);
        WorkerGrid grid = new WorkerGrid2D((n + columns - 1) / columns * ITEMS, m);
        grid.setLocalWork(ITEMS, 1, 1);
        return grid;
    }

    /// Columns of a group: fewer where there are few, so that 768 still make 192 groups. What is
    /// left of the group's work-items share the sum of a column.
    static int columnsOfGroup(int n) {
        int columns = FEWEST_COLUMNS;
        columns = n > columns * MANY_GROUPS * 2 ? columns * 2 : columns;
        columns = n > columns * MANY_GROUPS * 2 ? columns * 2 : columns;
        return n > columns * MANY_GROUPS * 2 ? MOST_COLUMNS : columns;
    }

    /// The product where M is 1 or little more: bound by reading `b` once a row. Where `b` is
    /// `[K,N]`, 8 to 64 work-items share the sum of a column, neighbours reading neighbouring
    /// columns; where it is `[N,K]`, as many neighbours walk along a row of `b`. 1 KiB of local
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
        int item = context.localIdx;
        int row = context.groupIdy;
        boolean bByRows = (options & TRANSPOSE_B) == 0;
        int columns = columnsOfGroup(n);
        int shares = ITEMS / columns;
        int local = bByRows ? item % columns : item / shares;
        int share = bByRows ? item / columns : item % shares;
        int column = context.groupIdx * columns + local;
        int aStart = Place.start(aPlace, layer);
        int bStart = Place.start(bPlace, layer);
        boolean aByRows = (options & TRANSPOSE_A) == 0;
        int aAt = aStart + (aByRows ? row * k + share : share * m + row);
        int bAt = bStart + (bByRows ? share * n + column : column * k + share);
        int aNext = aByRows ? shares : shares * m;
        int bNext = bByRows ? shares * n : shares;
        float sum = 0f;
        if (column < n) {
            int inner = share;
            while (inner + 3 * shares < k) { // four loads on their way at once
                float b0 = b.get(bAt);
                float b1 = b.get(bAt + bNext);
                float b2 = b.get(bAt + 2 * bNext);
                float b3 = b.get(bAt + 3 * bNext);
                sum += a.get(aAt) * b0;
                sum += a.get(aAt + aNext) * b1;
                sum += a.get(aAt + 2 * aNext) * b2;
                sum += a.get(aAt + 3 * aNext) * b3;
                aAt += 4 * aNext;
                bAt += 4 * bNext;
                inner += 4 * shares;
            }
            while (inner < k) {
                sum += a.get(aAt) * b.get(bAt);
                aAt += aNext;
                bAt += bNext;
                inner += shares;
            }
        }
        float value = sumOfShares(context, sum, share, local, columns);
        if (share == 0 && column < n) {
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

    /// The sum of a column's shares, known to the work-item of share 0: a tree in local memory.
    static float sumOfShares(
            KernelContext context, float value, int share, int local, int columns) {
        float[] parts = context.allocateFloatLocalArray(ITEMS);
        int at = share * columns + local;
        parts[at] = value;
        for (int half = ITEMS / 2; half >= columns; half /= 2) {
            context.localBarrier();
            if (at < half) {
                parts[at] += parts[at + half];
            }
        }
        return parts[at];
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
