package io.tornadogpt.kernels;

import static io.tornadogpt.kernels.MatMulKernels.ITEMS;
import static io.tornadogpt.kernels.MatMulKernels.ROW_SUMS;
import static io.tornadogpt.kernels.MatMulKernels.TILE;
import static io.tornadogpt.kernels.MatMulKernels.TRANSPOSE_A;
import static io.tornadogpt.kernels.MatMulKernels.TRANSPOSE_B;
import static io.tornadogpt.kernels.MatMulKernels.place;
import static io.tornadogpt.kernels.MatMulKernels.store;
import static io.tornadogpt.kernels.MatMulKernels.within;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The product of [MatMulKernels] in tiles of 128 x 128. Its loop repeats that of
/// [MatMulKernels#matMul] with more sums: these are scalars, for PTX keeps arrays in memory, and a
/// helper can hand back one value.
public final class LargeTileKernels {
    /// A group computes 128 x 128 elements, each of its work-items 8 x 8 of them.
    private static final int LARGE_TILE = 128;

    private static final int HALF = LARGE_TILE / 2;

    private static final int LARGE_STEP = 8;

    private static final int LARGE_PITCH = LARGE_TILE + 4;

    /// Tiles that a product must have: the multiprocessors of a large device. With fewer, smaller
    /// tiles keep more of the device busy.
    private static final int MANY_TILES = 108;

    private LargeTileKernels() {}

    /// Whether tiles of 128 x 128 are enough for a large device, and none is mostly empty.
    static boolean serves(int m, int n) {
        return m > TILE && n > TILE && tiles(m) * (long) tiles(n) >= MANY_TILES;
    }

    /// The launch of [#matMulInLargeTiles]: 256 work-items for each 128 x 128 elements of `out`.
    public static WorkerGrid matMulInLargeTilesGrid(int m, int n) {
        WorkerGrid grid = new WorkerGrid2D(tiles(n) * ITEMS, tiles(m));
        grid.setLocalWork(ITEMS, 1, 1);
        return grid;
    }

    private static int tiles(int lines) {
        return (lines + LARGE_TILE - 1) / LARGE_TILE;
    }

    /// As [MatMulKernels#matMul], for products that have enough tiles of 128 x 128 for a large
    /// device: each work-item computes 8 x 8 elements, and what it loads from local memory (16,896
    /// bytes) is used eight times. The order of additions is that of [MatMulKernels#matMul], and so
    /// are the bits. `M N (K / 16 + 4)` bytes.
    public static void matMulInLargeTiles(
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
        float[] aTile = context.allocateFloatLocalArray(2 * LARGE_STEP * LARGE_PITCH);
        float[] bTile = context.allocateFloatLocalArray(2 * LARGE_STEP * LARGE_PITCH);
        int item = context.localIdx;
        int row0 = context.groupIdy * LARGE_TILE;
        int column0 = context.groupIdx * LARGE_TILE;
        int aStart = Place.start(aPlace, layer);
        int bStart = Place.start(bPlace, layer);

        // Neighbouring work-items load neighbouring elements, whichever way the matrix lies.
        int aTransposed = options & TRANSPOSE_A;
        int bTransposed = options & TRANSPOSE_B;
        boolean aAlongK = aTransposed == 0;
        boolean bAlongK = bTransposed != 0;
        int aLine = aAlongK ? item / LARGE_STEP : item % LARGE_TILE;
        int aInner = aAlongK ? item % LARGE_STEP : item / LARGE_TILE;
        int bLine = bAlongK ? item / LARGE_STEP : item % LARGE_TILE;
        int bInner = bAlongK ? item % LARGE_STEP : item / LARGE_TILE;
        int aLines = aAlongK ? 32 : 0; // from one of the four elements that it loads to the next
        int aInners = aAlongK ? 0 : 2;
        int bLines = bAlongK ? 32 : 0;
        int bInners = bAlongK ? 0 : 2;
        int aTo = aInner * LARGE_PITCH + aLine;
        int aStride = aInners * LARGE_PITCH + aLines;
        int bTo = bInner * LARGE_PITCH + bLine;
        int bStride = bInners * LARGE_PITCH + bLines;
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
        int aNext = aAlongK ? LARGE_STEP : LARGE_STEP * m;
        int bNext = bAlongK ? LARGE_STEP : LARGE_STEP * n;

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
        // Two times four rows and columns, so that neighbours read what lies side by side.
        int top = item / 16 * 4;
        int left = item % 16 * 4;
        for (int inner0 = 0; inner0 < k; inner0 += LARGE_STEP) {
            int step = inner0 + LARGE_STEP;
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
            int from = (inner0 & LARGE_STEP) * LARGE_PITCH;
            for (int part = 0; part < LARGE_STEP; part += LARGE_STEP / 2) {
                for (int i = 0; i < LARGE_STEP / 2; i++) { // few enough for TornadoVM to unroll
                    int rowsAt = from + (part + i) * LARGE_PITCH + top;
                    int columnsAt = from + (part + i) * LARGE_PITCH + left;
                    float y0 = bTile[columnsAt];
                    float y1 = bTile[columnsAt + 1];
                    float y2 = bTile[columnsAt + 2];
                    float y3 = bTile[columnsAt + 3];
                    float y4 = bTile[columnsAt + 64];
                    float y5 = bTile[columnsAt + 65];
                    float y6 = bTile[columnsAt + 66];
                    float y7 = bTile[columnsAt + 67];
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
                    float x4 = aTile[rowsAt + 64];
                    sum40 += x4 * y0;
                    sum41 += x4 * y1;
                    sum42 += x4 * y2;
                    sum43 += x4 * y3;
                    sum44 += x4 * y4;
                    sum45 += x4 * y5;
                    sum46 += x4 * y6;
                    sum47 += x4 * y7;
                    float x5 = aTile[rowsAt + 65];
                    sum50 += x5 * y0;
                    sum51 += x5 * y1;
                    sum52 += x5 * y2;
                    sum53 += x5 * y3;
                    sum54 += x5 * y4;
                    sum55 += x5 * y5;
                    sum56 += x5 * y6;
                    sum57 += x5 * y7;
                    float x6 = aTile[rowsAt + 66];
                    sum60 += x6 * y0;
                    sum61 += x6 * y1;
                    sum62 += x6 * y2;
                    sum63 += x6 * y3;
                    sum64 += x6 * y4;
                    sum65 += x6 * y5;
                    sum66 += x6 * y6;
                    sum67 += x6 * y7;
                    float x7 = aTile[rowsAt + 67];
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
            int to = (step & LARGE_STEP) * LARGE_PITCH;
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
            if (column0 == 0 && item < LARGE_TILE && row < m) {
                for (int i = LARGE_TILE; i < ITEMS; i += LARGE_TILE) {
                    rowSum += aTile[i + item];
                }
                preActivation.set(preStart + row, preActivation.get(preStart + row) + rowSum);
            }
        }
        for (int i = 0; i < 8; i++) {
            int row = row0 + top + (i < 4 ? i : i + HALF - 4);
            float value0 = oneOfEight(i, sum00, sum10, sum20, sum30, sum40, sum50, sum60, sum70);
            float value1 = oneOfEight(i, sum01, sum11, sum21, sum31, sum41, sum51, sum61, sum71);
            float value2 = oneOfEight(i, sum02, sum12, sum22, sum32, sum42, sum52, sum62, sum72);
            float value3 = oneOfEight(i, sum03, sum13, sum23, sum33, sum43, sum53, sum63, sum73);
            float value4 = oneOfEight(i, sum04, sum14, sum24, sum34, sum44, sum54, sum64, sum74);
            float value5 = oneOfEight(i, sum05, sum15, sum25, sum35, sum45, sum55, sum65, sum75);
            float value6 = oneOfEight(i, sum06, sum16, sum26, sum36, sum46, sum56, sum66, sum76);
            float value7 = oneOfEight(i, sum07, sum17, sum27, sum37, sum47, sum57, sum67, sum77);
            store(
                    bias,
                    biasStart,
                    addend,
                    addendStart,
                    preActivation,
                    preStart,
                    out,
                    outStart,
                    row,
                    column0 + left,
                    value0,
                    value1,
                    value2,
                    value3,
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
                    row,
                    column0 + left + HALF,
                    value4,
                    value5,
                    value6,
                    value7,
                    m,
                    n,
                    options);
        }
    }

    /// One of eight values; they are no array for the reason that sums are none.
    private static float oneOfEight(
            int i,
            float value0,
            float value1,
            float value2,
            float value3,
            float value4,
            float value5,
            float value6,
            float value7) {
        float low = i == 0 ? value0 : i == 1 ? value1 : i == 2 ? value2 : value3;
        float high = i == 4 ? value4 : i == 5 ? value5 : i == 6 ? value6 : value7;
        return i < 4 ? low : high;
    }
}
