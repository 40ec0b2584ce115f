package io.tornadogpt.kernels;

import static io.tornadogpt.kernels.MatMulKernels.ACTIVATION;
import static io.tornadogpt.kernels.MatMulKernels.DERIVATIVE;
import static io.tornadogpt.kernels.MatMulKernels.HALF;
import static io.tornadogpt.kernels.MatMulKernels.ITEMS;
import static io.tornadogpt.kernels.MatMulKernels.LARGE_PITCH;
import static io.tornadogpt.kernels.MatMulKernels.LARGE_STEP;
import static io.tornadogpt.kernels.MatMulKernels.LARGE_TILE;
import static io.tornadogpt.kernels.MatMulKernels.PITCH;
import static io.tornadogpt.kernels.MatMulKernels.ROW_SUMS;
import static io.tornadogpt.kernels.MatMulKernels.STEP;
import static io.tornadogpt.kernels.MatMulKernels.TILE;
import static io.tornadogpt.kernels.MatMulKernels.oneOfEight;
import static io.tornadogpt.kernels.MatMulKernels.within;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task19;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The gradients of a linear layer `out = x . weight^T + bias` in one launch: `dX = dOut . weight`,
/// `dWeight += dOut^T . x`, and `dBias += ` the sums of the columns of `dOut`. Both products read
/// `dOut`, so either's groups may stand beside the other's: the groups of the first rows of the
/// grid compute `dX`. Each element is summed in the order of [MatMulKernels], so that the bits are
/// the same.
///
/// Arguments of both kernels:
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
public final class LinearGradientKernels {
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
        int groups =
                tiles(inputs, LARGE_TILE) * (tiles(rows, LARGE_TILE) + tiles(outputs, LARGE_TILE));
        boolean large =
                Math.min(rows, Math.min(inputs, outputs)) > TILE
                        && groups >= MatMulKernels.MANY_TILES;
        int function = activation == null ? 0 : ActivationKernels.number(activation.function());
        int options =
                (activation == null ? 0 : DERIVATIVE + ACTIVATION * function)
                        + (dBias == null ? 0 : ROW_SUMS);
        Tensor dX = activation == null ? input.out() : activation.dX();
        Tensor preActivation = activation == null ? null : activation.x();
        Task19<
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
                        FloatArray,
                        Long,
                        Integer,
                        Integer,
                        Integer,
                        Integer>
                kernel =
                        large
                                ? LinearGradientKernels::linearBackwardInLargeTiles
                                : LinearGradientKernels::linearBackward;
        return OpKernels.of(
                large ? "linearBackwardInLargeTiles" : "linearBackward",
                grid(rows, inputs, outputs, large ? LARGE_TILE : TILE),
                (t, g, name) ->
                        g.task(
                                name,
                                kernel,
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

    /// The launch of [#linearBackward] with tiles of 64, of [#linearBackwardInLargeTiles] with 128.
    static WorkerGrid grid(int rows, int inputs, int outputs, int tile) {
        int groups = tiles(rows, tile) + tiles(outputs, tile);
        WorkerGrid grid = new WorkerGrid2D(tiles(inputs, tile) * ITEMS, groups);
        grid.setLocalWork(ITEMS, 1, 1);
        return grid;
    }

    private static int tiles(int lines, int tile) {
        return (lines + tile - 1) / tile;
    }

    /// Both products in tiles of 64 x 64, as [MatMulKernels#matMul]: 17,408 bytes of local memory.
    /// 4 rows x inputs x outputs FLOPs.
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
            if ((options & ROW_SUMS) != 0) {
                if (column0 == 0) {
                    for (int i = 0; i < STEP; i++) {
                        rowSum += aTile[from + i * PITCH + item % TILE];
                    }
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

        if (ofX == 1) {
            int dXStart = Place.start(dXPlace, layer);
            int preStart = Place.start(preActivationPlace, layer);
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
            int weightStart = Place.start(weightPlace, layer);
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
            if ((options & ROW_SUMS) != 0) {
                if (column0 == 0 && item < TILE && row0 + item < outputs) {
                    int at = Place.start(dBiasPlace, layer) + row0 + item;
                    dBias.set(at, dBias.get(at) + rowSum);
                }
            }
        }
    }

    /// Both products in tiles of 128 x 128, as [MatMulKernels#matMulInLargeTiles]: 16,896 bytes of
    /// local memory. 4 rows x inputs x outputs FLOPs.
    public static void linearBackwardInLargeTiles(
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
        float[] aTile = context.allocateFloatLocalArray(2 * LARGE_STEP * LARGE_PITCH);
        float[] bTile = context.allocateFloatLocalArray(2 * LARGE_STEP * LARGE_PITCH);
        int item = context.localIdx;
        int tilesOfRows = (rows + LARGE_TILE - 1) / LARGE_TILE;
        int ofX = context.groupIdy < tilesOfRows ? 1 : 0;
        int row0 = (ofX == 1 ? context.groupIdy : context.groupIdy - tilesOfRows) * LARGE_TILE;
        int column0 = context.groupIdx * LARGE_TILE;
        int m = ofX == 1 ? rows : outputs;
        int k = ofX == 1 ? outputs : rows;

        // Neighbouring work-items load neighbouring elements of `dOut`, whichever way it is read.
        int aLine = ofX == 1 ? item / LARGE_STEP : item % LARGE_TILE;
        int aInner = ofX == 1 ? item % LARGE_STEP : item / LARGE_TILE;
        int aLines = ofX == 1 ? 32 : 0; // from one of the four elements that it loads to the next
        int aInners = ofX == 1 ? 0 : 2;
        int lineStride = ofX == 1 ? outputs : 1;
        int innerStride = ofX == 1 ? 1 : outputs;
        int aTo = aInner * LARGE_PITCH + aLine;
        int aStride = aInners * LARGE_PITCH + aLines;
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
        int aNext = LARGE_STEP * innerStride;
        int bInner = item / LARGE_TILE;
        int bTo = bInner * LARGE_PITCH + item % LARGE_TILE;
        int bAt = ofX == 1 ? Place.start(weightPlace, layer) : Place.start(xPlace, layer);
        bAt += bInner * inputs + lastOf(column0 + item % LARGE_TILE, inputs);

        float rowSum = 0f;
        // Scalars: PTX keeps arrays of a work-item in memory, however they are indexed.
        float sum00 = 0f;
        float sum01 = 0f;
        float sum02 = 0f;
        float sum03 = 0f;
        float sum04 = 0f;
        float sum05 = 0f;
        float sum06 = 0f;
        float sum07 = 0f;
        float sum10 = 0f;
        float sum11 = 0f;
        float sum12 = 0f;
        float sum13 = 0f;
        float sum14 = 0f;
        float sum15 = 0f;
        float sum16 = 0f;
        float sum17 = 0f;
        float sum20 = 0f;
        float sum21 = 0f;
        float sum22 = 0f;
        float sum23 = 0f;
        float sum24 = 0f;
        float sum25 = 0f;
        float sum26 = 0f;
        float sum27 = 0f;
        float sum30 = 0f;
        float sum31 = 0f;
        float sum32 = 0f;
        float sum33 = 0f;
        float sum34 = 0f;
        float sum35 = 0f;
        float sum36 = 0f;
        float sum37 = 0f;
        float sum40 = 0f;
        float sum41 = 0f;
        float sum42 = 0f;
        float sum43 = 0f;
        float sum44 = 0f;
        float sum45 = 0f;
        float sum46 = 0f;
        float sum47 = 0f;
        float sum50 = 0f;
        float sum51 = 0f;
        float sum52 = 0f;
        float sum53 = 0f;
        float sum54 = 0f;
        float sum55 = 0f;
        float sum56 = 0f;
        float sum57 = 0f;
        float sum60 = 0f;
        float sum61 = 0f;
        float sum62 = 0f;
        float sum63 = 0f;
        float sum64 = 0f;
        float sum65 = 0f;
        float sum66 = 0f;
        float sum67 = 0f;
        float sum70 = 0f;
        float sum71 = 0f;
        float sum72 = 0f;
        float sum73 = 0f;
        float sum74 = 0f;
        float sum75 = 0f;
        float sum76 = 0f;
        float sum77 = 0f;
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
            b1 = within(weight, bAt + 2 * inputs, bInner + 2, k);
            b2 = within(weight, bAt + 4 * inputs, bInner + 4, k);
            b3 = within(weight, bAt + 6 * inputs, bInner + 6, k);
        } else {
            b0 = within(x, bAt, bInner, k);
            b1 = within(x, bAt + 2 * inputs, bInner + 2, k);
            b2 = within(x, bAt + 4 * inputs, bInner + 4, k);
            b3 = within(x, bAt + 6 * inputs, bInner + 6, k);
        }
        aTile[aTo] = a0;
        aTile[aTo + aStride] = a1;
        aTile[aTo + 2 * aStride] = a2;
        aTile[aTo + 3 * aStride] = a3;
        bTile[bTo] = b0;
        bTile[bTo + 2 * LARGE_PITCH] = b1;
        bTile[bTo + 4 * LARGE_PITCH] = b2;
        bTile[bTo + 6 * LARGE_PITCH] = b3;
        context.localBarrier();
        int top = item / 16 * 4;
        int left = item % 16 * 4;
        for (int inner0 = 0; inner0 < k; inner0 += LARGE_STEP) {
            int step = inner0 + LARGE_STEP;
            aAt0 += aNext;
            aAt1 += aNext;
            aAt2 += aNext;
            aAt3 += aNext;
            bAt += LARGE_STEP * inputs;
            a0 = within(dOut, aAt0, step + aInner, k);
            a1 = within(dOut, aAt1, step + aInner + aInners, k);
            a2 = within(dOut, aAt2, step + aInner + 2 * aInners, k);
            a3 = within(dOut, aAt3, step + aInner + 3 * aInners, k);
            if (ofX == 1) {
                b0 = within(weight, bAt, step + bInner, k);
                b1 = within(weight, bAt + 2 * inputs, step + bInner + 2, k);
                b2 = within(weight, bAt + 4 * inputs, step + bInner + 4, k);
                b3 = within(weight, bAt + 6 * inputs, step + bInner + 6, k);
            } else {
                b0 = within(x, bAt, step + bInner, k);
                b1 = within(x, bAt + 2 * inputs, step + bInner + 2, k);
                b2 = within(x, bAt + 4 * inputs, step + bInner + 4, k);
                b3 = within(x, bAt + 6 * inputs, step + bInner + 6, k);
            }
            int from = (inner0 & LARGE_STEP) * LARGE_PITCH;
            for (int part = 0; part < LARGE_STEP; part += LARGE_STEP / 2) {
                for (int i = 0; i < LARGE_STEP / 2; i++) { // few enough for TornadoVM to unroll
                    int rowsAt = from + (part + i) * LARGE_PITCH + top;
                    int columnsAt = from + (part + i) * LARGE_PITCH + left;
                    float y0 = bTile[columnsAt];
                    float y1 = bTile[columnsAt + 1];
                    float y2 = bTile[columnsAt + 2];
                    float y3 = bTile[columnsAt + 3];
                    float y4 = bTile[columnsAt + HALF];
                    float y5 = bTile[columnsAt + HALF + 1];
                    float y6 = bTile[columnsAt + HALF + 2];
                    float y7 = bTile[columnsAt + HALF + 3];
                    float x0 = aTile[rowsAt];
                    sum00 += x0 * y0;
                    sum01 += x0 * y1;
                    sum02 += x0 * y2;
                    sum03 += x0 * y3;
                    sum04 += x0 * y4;
                    sum05 += x0 * y5;
                    sum06 += x0 * y6;
                    sum07 += x0 * y7;
                    float x1 = aTile[rowsAt + 1];
                    sum10 += x1 * y0;
                    sum11 += x1 * y1;
                    sum12 += x1 * y2;
                    sum13 += x1 * y3;
                    sum14 += x1 * y4;
                    sum15 += x1 * y5;
                    sum16 += x1 * y6;
                    sum17 += x1 * y7;
                    float x2 = aTile[rowsAt + 2];
                    sum20 += x2 * y0;
                    sum21 += x2 * y1;
                    sum22 += x2 * y2;
                    sum23 += x2 * y3;
                    sum24 += x2 * y4;
                    sum25 += x2 * y5;
                    sum26 += x2 * y6;
                    sum27 += x2 * y7;
                    float x3 = aTile[rowsAt + 3];
                    sum30 += x3 * y0;
                    sum31 += x3 * y1;
                    sum32 += x3 * y2;
                    sum33 += x3 * y3;
                    sum34 += x3 * y4;
                    sum35 += x3 * y5;
                    sum36 += x3 * y6;
                    sum37 += x3 * y7;
                    float x4 = aTile[rowsAt + HALF];
                    sum40 += x4 * y0;
                    sum41 += x4 * y1;
                    sum42 += x4 * y2;
                    sum43 += x4 * y3;
                    sum44 += x4 * y4;
                    sum45 += x4 * y5;
                    sum46 += x4 * y6;
                    sum47 += x4 * y7;
                    float x5 = aTile[rowsAt + HALF + 1];
                    sum50 += x5 * y0;
                    sum51 += x5 * y1;
                    sum52 += x5 * y2;
                    sum53 += x5 * y3;
                    sum54 += x5 * y4;
                    sum55 += x5 * y5;
                    sum56 += x5 * y6;
                    sum57 += x5 * y7;
                    float x6 = aTile[rowsAt + HALF + 2];
                    sum60 += x6 * y0;
                    sum61 += x6 * y1;
                    sum62 += x6 * y2;
                    sum63 += x6 * y3;
                    sum64 += x6 * y4;
                    sum65 += x6 * y5;
                    sum66 += x6 * y6;
                    sum67 += x6 * y7;
                    float x7 = aTile[rowsAt + HALF + 3];
                    sum70 += x7 * y0;
                    sum71 += x7 * y1;
                    sum72 += x7 * y2;
                    sum73 += x7 * y3;
                    sum74 += x7 * y4;
                    sum75 += x7 * y5;
                    sum76 += x7 * y6;
                    sum77 += x7 * y7;
                }
            }
            if ((options & ROW_SUMS) != 0) {
                if (column0 == 0) {
                    for (int i = 0; i < LARGE_STEP; i++) {
                        rowSum += aTile[from + i * LARGE_PITCH + item % LARGE_TILE];
                    }
                }
            }
            int to = (step & LARGE_STEP) * LARGE_PITCH;
            aTile[to + aTo] = a0;
            aTile[to + aTo + aStride] = a1;
            aTile[to + aTo + 2 * aStride] = a2;
            aTile[to + aTo + 3 * aStride] = a3;
            bTile[to + bTo] = b0;
            bTile[to + bTo + 2 * LARGE_PITCH] = b1;
            bTile[to + bTo + 4 * LARGE_PITCH] = b2;
            bTile[to + bTo + 6 * LARGE_PITCH] = b3;
            context.localBarrier();
        }

        if (ofX == 1) {
            int dXStart = Place.start(dXPlace, layer);
            int preStart = Place.start(preActivationPlace, layer);
            for (int i = 0; i < 8; i++) {
                int row = row0 + top + (i < 4 ? i : i + HALF - 4);
                float value0 =
                        oneOfEight(i, sum00, sum10, sum20, sum30, sum40, sum50, sum60, sum70);
                float value1 =
                        oneOfEight(i, sum01, sum11, sum21, sum31, sum41, sum51, sum61, sum71);
                float value2 =
                        oneOfEight(i, sum02, sum12, sum22, sum32, sum42, sum52, sum62, sum72);
                float value3 =
                        oneOfEight(i, sum03, sum13, sum23, sum33, sum43, sum53, sum63, sum73);
                float value4 =
                        oneOfEight(i, sum04, sum14, sum24, sum34, sum44, sum54, sum64, sum74);
                float value5 =
                        oneOfEight(i, sum05, sum15, sum25, sum35, sum45, sum55, sum65, sum75);
                float value6 =
                        oneOfEight(i, sum06, sum16, sum26, sum36, sum46, sum56, sum66, sum76);
                float value7 =
                        oneOfEight(i, sum07, sum17, sum27, sum37, sum47, sum57, sum67, sum77);
                storeX(
                        preActivation,
                        preStart,
                        dX,
                        dXStart,
                        row,
                        column0 + left,
                        value0,
                        value1,
                        value2,
                        value3,
                        rows,
                        inputs,
                        options);
                storeX(
                        preActivation,
                        preStart,
                        dX,
                        dXStart,
                        row,
                        column0 + left + HALF,
                        value4,
                        value5,
                        value6,
                        value7,
                        rows,
                        inputs,
                        options);
            }
        } else {
            int weightStart = Place.start(weightPlace, layer);
            for (int i = 0; i < 8; i++) {
                int row = row0 + top + (i < 4 ? i : i + HALF - 4);
                float value0 =
                        oneOfEight(i, sum00, sum10, sum20, sum30, sum40, sum50, sum60, sum70);
                float value1 =
                        oneOfEight(i, sum01, sum11, sum21, sum31, sum41, sum51, sum61, sum71);
                float value2 =
                        oneOfEight(i, sum02, sum12, sum22, sum32, sum42, sum52, sum62, sum72);
                float value3 =
                        oneOfEight(i, sum03, sum13, sum23, sum33, sum43, sum53, sum63, sum73);
                float value4 =
                        oneOfEight(i, sum04, sum14, sum24, sum34, sum44, sum54, sum64, sum74);
                float value5 =
                        oneOfEight(i, sum05, sum15, sum25, sum35, sum45, sum55, sum65, sum75);
                float value6 =
                        oneOfEight(i, sum06, sum16, sum26, sum36, sum46, sum56, sum66, sum76);
                float value7 =
                        oneOfEight(i, sum07, sum17, sum27, sum37, sum47, sum57, sum67, sum77);
                storeWeight(
                        dWeight,
                        weightStart,
                        row,
                        column0 + left,
                        value0,
                        value1,
                        value2,
                        value3,
                        outputs,
                        inputs);
                storeWeight(
                        dWeight,
                        weightStart,
                        row,
                        column0 + left + HALF,
                        value4,
                        value5,
                        value6,
                        value7,
                        outputs,
                        inputs);
            }
            if ((options & ROW_SUMS) != 0) {
                if (column0 == 0 && item < LARGE_TILE && row0 + item < outputs) {
                    int at = Place.start(dBiasPlace, layer) + row0 + item;
                    dBias.set(at, dBias.get(at) + rowSum);
                }
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
