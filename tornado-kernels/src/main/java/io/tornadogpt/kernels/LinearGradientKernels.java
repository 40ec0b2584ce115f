package io.tornadogpt.kernels;

import static io.tornadogpt.kernels.MatMulKernels.ACTIVATION;
import static io.tornadogpt.kernels.MatMulKernels.DERIVATIVE;
import static io.tornadogpt.kernels.MatMulKernels.ITEMS;
import static io.tornadogpt.kernels.MatMulKernels.PITCH;
import static io.tornadogpt.kernels.MatMulKernels.ROW_SUMS;
import static io.tornadogpt.kernels.MatMulKernels.STEP;
import static io.tornadogpt.kernels.MatMulKernels.TILE;
import static io.tornadogpt.kernels.MatMulKernels.within;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The gradients of a linear layer `out = x . weight^T + bias` in one launch: `dX = dOut . weight`,
/// `dWeight += dOut^T . x`, and `dBias += ` the sums of the columns of `dOut`. Both products read
/// `dOut`, so either's groups may stand beside the other's: the groups of the first rows of the
/// grid compute `dX`. Each element is summed in the order of [MatMulKernels], so that the bits are
/// the same; the loop stands here once more, for the reason that [LargeTileKernels] gives.
public final class LinearGradientKernels {
    private static final int FEW_ROWS = 256;

    private LinearGradientKernels() {}

    /// How both products of a linear layer's gradient are launched.
    ///
    /// @param input `dX`
    /// @param weight `dWeight`, of the same `dOut`
    /// @param activation the gradient of an activation that alone reads `dX`, or null
    /// @param dBias or null
    public static OpKernels of(
            MatMul input,
            MatMul weight,
            Activation.@Nullable Backward activation,
            @Nullable Tensor dBias) {
        int rows = input.m();
        int inputs = input.n();
        int outputs = input.k();
        int function = activation == null ? 0 : ActivationKernels.number(activation.function());
        int options =
                (activation == null ? 0 : DERIVATIVE + ACTIVATION * function)
                        + (dBias == null ? 0 : ROW_SUMS);
        Tensor dX = activation == null ? input.out() : activation.dX();
        Tensor preActivation = activation == null ? null : activation.x();
        return OpKernels.of(
                "linearBackward",
                grid(rows, inputs, outputs),
                (t, g, name) ->
                        g.task(
                                name,
                                LinearGradientKernels::linearBackward,
                                new KernelContext(),
                                t.layer(),
                                t.floats(input.a()),
                                t.place(input.a()),
                                t.floats(input.b()),
                                t.place(input.b()),
                                t.floats(weight.b()),
                                t.place(weight.b()),
                                t.floatsOr(preActivation, input.a()),
                                t.placeOrWhole(preActivation),
                                t.floats(dX),
                                t.place(dX),
                                t.floats(weight.out()),
                                dBias == null ? t.floatScratch() : t.floats(dBias),
                                t.placeOrWhole(dBias),
                                rows,
                                inputs,
                                outputs,
                                options));
    }

    /// Whether one launch serves both: products of few rows take little longer than a launch, and
    /// those of more rows in large tiles fill a device each by itself. In large tiles the two in
    /// one kernel need 132 registers a work-item, with which a multiprocessor holds one group in
    /// place of two.
    public static boolean serves(MatMul input, MatMul weight) {
        return input.m() <= FEW_ROWS
                || !LargeTileKernels.serves(input.m(), input.n())
                        && !LargeTileKernels.serves(weight.m(), weight.n());
    }

    /// The launch of [#linearBackward]: 256 work-items for each 64 x 64 elements of `dX`, then of
    /// `dWeight`.
    public static WorkerGrid grid(int rows, int inputs, int outputs) {
        WorkerGrid grid = new WorkerGrid2D(tiles(inputs) * ITEMS, tiles(rows) + tiles(outputs));
        grid.setLocalWork(ITEMS, 1, 1);
        return grid;
    }

    private static int tiles(int lines) {
        return (lines + TILE - 1) / TILE;
    }

    /// Both products in tiles of 64 x 64, as [MatMulKernels#matMul]. 17,408 bytes of local memory.
    /// 4 rows x inputs x outputs FLOPs.
    ///
    /// | argument | shape | |
    /// | --- | --- | --- |
    /// | `dOut` | `[rows, outputs]` | |
    /// | `weight` | `[outputs, inputs]` | |
    /// | `x` | `[rows, inputs]` | |
    /// | `preActivation` | `[rows, inputs]` | with [MatMulKernels#DERIVATIVE]: `dX` is multiplied by the activation's derivative there |
    /// | `dX` | `[rows, inputs]` | in none of the arrays before |
    /// | `dWeight` | `[outputs, inputs]` | accumulated; at the place of `weight` |
    /// | `dBias` | `[outputs]` | accumulated with [MatMulKernels#ROW_SUMS] |
    public static void linearBackward(
            KernelContext context,
            IntArray layer,
            FloatArray dOut,
            long dOutPlace,
            FloatArray weight,
            long weightPlace,
            FloatArray x,
            long xPlace,
            FloatArray preActivation,
            long preActivationPlace,
            FloatArray dX,
            long dXPlace,
            FloatArray dWeight,
            FloatArray dBias,
            long dBiasPlace,
            int rows,
            int inputs,
            int outputs,
            int options) {
        float[] aTile = context.allocateFloatLocalArray(2 * STEP * PITCH);
        float[] bTile = context.allocateFloatLocalArray(2 * STEP * PITCH);
        int item = context.localIdx;
        int tilesOfRows = (rows + TILE - 1) / TILE;
        int ofX = context.groupIdy < tilesOfRows ? 1 : 0;
        int row0 = (ofX == 1 ? context.groupIdy : context.groupIdy - tilesOfRows) * TILE;
        int column0 = context.groupIdx * TILE;
        int m = ofX == 1 ? rows : outputs;
        int k = ofX == 1 ? outputs : rows;

        // Neighbouring work-items load neighbouring elements of `dOut`, whichever way it is read.
        int aLine = ofX == 1 ? item / STEP : item % TILE;
        int aInner = ofX == 1 ? item % STEP : item / TILE;
        int aLines = ofX == 1 ? 16 : 0; // from one of the four elements that it loads to the next
        int aInners = ofX == 1 ? 0 : 4;
        int lineStride = ofX == 1 ? outputs : 1;
        int innerStride = ofX == 1 ? 1 : outputs;
        int aTo = aInner * PITCH + aLine;
        int aStride = aInners * PITCH + aLines;
        int aStart = Place.start(dOutPlace, layer) + aInner * innerStride;
        int aAt0 = aStart + lastOf(row0 + aLine, m) * lineStride;
        int aAt1 = aStart + lastOf(row0 + aLine + aLines, m) * lineStride + aInners * innerStride;
        int aAt2 =
                aStart
                        + lastOf(row0 + aLine + 2 * aLines, m) * lineStride
                        + 2 * aInners * innerStride;
        int aAt3 =
                aStart
                        + lastOf(row0 + aLine + 3 * aLines, m) * lineStride
                        + 3 * aInners * innerStride;
        int aNext = STEP * innerStride;
        int bInner = item / TILE;
        int bTo = bInner * PITCH + item % TILE;
        int bAt = ofX == 1 ? Place.start(weightPlace, layer) : Place.start(xPlace, layer);
        bAt += bInner * inputs + lastOf(column0 + item % TILE, inputs);

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
        float a0;
        float a1;
        float a2;
        float a3;
        float b0;
        float b1;
        float b2;
        float b3;
        a0 = within(dOut, aAt0, aInner, k);
        a1 = within(dOut, aAt1, aInner + aInners, k);
        a2 = within(dOut, aAt2, aInner + 2 * aInners, k);
        a3 = within(dOut, aAt3, aInner + 3 * aInners, k);
        if (ofX == 1) {
            b0 = within(weight, bAt, bInner, k);
            b1 = within(weight, bAt + 4 * inputs, bInner + 4, k);
            b2 = within(weight, bAt + 8 * inputs, bInner + 8, k);
            b3 = within(weight, bAt + 12 * inputs, bInner + 12, k);
        } else {
            b0 = within(x, bAt, bInner, k);
            b1 = within(x, bAt + 4 * inputs, bInner + 4, k);
            b2 = within(x, bAt + 8 * inputs, bInner + 8, k);
            b3 = within(x, bAt + 12 * inputs, bInner + 12, k);
        }
        if ((options & ROW_SUMS) != 0) {
            rowSum += a0 + a1 + a2 + a3;
        }
        aTile[aTo] = a0;
        aTile[aTo + aStride] = a1;
        aTile[aTo + 2 * aStride] = a2;
        aTile[aTo + 3 * aStride] = a3;
        bTile[bTo] = b0;
        bTile[bTo + 4 * PITCH] = b1;
        bTile[bTo + 8 * PITCH] = b2;
        bTile[bTo + 12 * PITCH] = b3;
        context.localBarrier();
        int top = item / 16 * 4;
        int left = item % 16 * 4;
        for (int inner0 = 0; inner0 < k; inner0 += STEP) {
            int step = inner0 + STEP;
            aAt0 += aNext;
            aAt1 += aNext;
            aAt2 += aNext;
            aAt3 += aNext;
            bAt += STEP * inputs;
            a0 = within(dOut, aAt0, step + aInner, k);
            a1 = within(dOut, aAt1, step + aInner + aInners, k);
            a2 = within(dOut, aAt2, step + aInner + 2 * aInners, k);
            a3 = within(dOut, aAt3, step + aInner + 3 * aInners, k);
            if (ofX == 1) {
                b0 = within(weight, bAt, step + bInner, k);
                b1 = within(weight, bAt + 4 * inputs, step + bInner + 4, k);
                b2 = within(weight, bAt + 8 * inputs, step + bInner + 8, k);
                b3 = within(weight, bAt + 12 * inputs, step + bInner + 12, k);
            } else {
                b0 = within(x, bAt, step + bInner, k);
                b1 = within(x, bAt + 4 * inputs, step + bInner + 4, k);
                b2 = within(x, bAt + 8 * inputs, step + bInner + 8, k);
                b3 = within(x, bAt + 12 * inputs, step + bInner + 12, k);
            }
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
            bTile[to + bTo + 4 * PITCH] = b1;
            bTile[to + bTo + 8 * PITCH] = b2;
            bTile[to + bTo + 12 * PITCH] = b3;
            context.localBarrier();
        }

        int dXStart = Place.start(dXPlace, layer);
        int preStart = Place.start(preActivationPlace, layer);
        int weightStart = Place.start(weightPlace, layer);
        if (ofX == 1) {
            storeX(
                    preActivation,
                    preStart,
                    dX,
                    dXStart,
                    row0 + top,
                    column0 + left,
                    sum00,
                    sum01,
                    sum02,
                    sum03,
                    rows,
                    inputs,
                    options);
        } else {
            storeWeight(
                    dWeight,
                    weightStart,
                    row0 + top,
                    column0 + left,
                    sum00,
                    sum01,
                    sum02,
                    sum03,
                    outputs,
                    inputs);
        }
        if (ofX == 1) {
            storeX(
                    preActivation,
                    preStart,
                    dX,
                    dXStart,
                    row0 + top + 1,
                    column0 + left,
                    sum10,
                    sum11,
                    sum12,
                    sum13,
                    rows,
                    inputs,
                    options);
        } else {
            storeWeight(
                    dWeight,
                    weightStart,
                    row0 + top + 1,
                    column0 + left,
                    sum10,
                    sum11,
                    sum12,
                    sum13,
                    outputs,
                    inputs);
        }
        if (ofX == 1) {
            storeX(
                    preActivation,
                    preStart,
                    dX,
                    dXStart,
                    row0 + top + 2,
                    column0 + left,
                    sum20,
                    sum21,
                    sum22,
                    sum23,
                    rows,
                    inputs,
                    options);
        } else {
            storeWeight(
                    dWeight,
                    weightStart,
                    row0 + top + 2,
                    column0 + left,
                    sum20,
                    sum21,
                    sum22,
                    sum23,
                    outputs,
                    inputs);
        }
        if (ofX == 1) {
            storeX(
                    preActivation,
                    preStart,
                    dX,
                    dXStart,
                    row0 + top + 3,
                    column0 + left,
                    sum30,
                    sum31,
                    sum32,
                    sum33,
                    rows,
                    inputs,
                    options);
        } else {
            storeWeight(
                    dWeight,
                    weightStart,
                    row0 + top + 3,
                    column0 + left,
                    sum30,
                    sum31,
                    sum32,
                    sum33,
                    outputs,
                    inputs);
        }
        if ((options & ROW_SUMS) != 0) { // of what a work-item has loaded of its output
            aTile[item] = rowSum;
            context.localBarrier();
            int row = row0 + item;
            if (ofX == 0 && column0 == 0 && item < TILE && row < outputs) {
                for (int i = TILE; i < ITEMS; i += TILE) {
                    rowSum += aTile[i + item];
                }
                int at = Place.start(dBiasPlace, layer) + row;
                dBias.set(at, dBias.get(at) + rowSum);
            }
        }
    }

    /// A line of a matrix; the last one for those beyond it, whose sums are not stored.
    private static int lastOf(int line, int lines) {
        return line < lines ? line : lines - 1;
    }

    /// Stores four neighbouring elements of a row of `dX`.
    private static void storeX(
            FloatArray preActivation,
            int preStart,
            FloatArray dX,
            int start,
            int row,
            int column,
            float value0,
            float value1,
            float value2,
            float value3,
            int rows,
            int columns,
            int options) {
        if (row < rows) {
            for (int j = 0; j < 4; j++) {
                float value = j == 0 ? value0 : j == 1 ? value1 : j == 2 ? value2 : value3;
                if (column + j < columns) {
                    int at = row * columns + column + j;
                    if ((options & DERIVATIVE) != 0) {
                        float x = preActivation.get(preStart + at);
                        value *= ActivationKernels.derivative(x, options / ACTIVATION % 8);
                    }
                    dX.set(start + at, value);
                }
            }
        }
    }

    /// Adds to four neighbouring elements of a row of `dWeight`.
    private static void storeWeight(
            FloatArray dWeight,
            int start,
            int row,
            int column,
            float value0,
            float value1,
            float value2,
            float value3,
            int rows,
            int columns) {
        if (row < rows) {
            for (int j = 0; j < 4; j++) {
                float value = j == 0 ? value0 : j == 1 ? value1 : j == 2 ? value2 : value3;
                if (column + j < columns) {
                    int at = start + row * columns + column + j;
                    dWeight.set(at, dWeight.get(at) + value);
                }
            }
        }
    }
}
