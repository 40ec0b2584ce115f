package io.tornadogpt.kernels;

import static io.tornadogpt.kernels.MatMulKernels.ACCUMULATE;
import static io.tornadogpt.kernels.MatMulKernels.ACTIVATION;
import static io.tornadogpt.kernels.MatMulKernels.ADDEND;
import static io.tornadogpt.kernels.MatMulKernels.BIAS;
import static io.tornadogpt.kernels.MatMulKernels.ITEMS;
import static io.tornadogpt.kernels.MatMulKernels.KEEP;
import static io.tornadogpt.kernels.MatMulKernels.PITCH;
import static io.tornadogpt.kernels.MatMulKernels.STEP;
import static io.tornadogpt.kernels.MatMulKernels.TILE;
import static io.tornadogpt.kernels.MatMulKernels.TRANSPOSE_A;
import static io.tornadogpt.kernels.MatMulKernels.TRANSPOSE_B;
import static io.tornadogpt.kernels.MatMulKernels.store;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The products of [MatMulKernels] with a `b` of fewer bits than a float: BF16, Q8_0 or Q4_0, the
/// two of blocks only where `b` is `[N,K]`, so that a block lies along K. Each number becomes a
/// float where it is loaded ([RoundedNumbers]); sums and everything else are floats.
///
/// Arguments, options, launches and local memory are those of the kernel of the same name there,
/// but that `b` is an array of bytes with its place counted in bytes, and `options` has the number
/// of its type, times [#TYPE].
public final class RoundedMatMulKernels {
    /// Times the number of a type.
    public static final int TYPE = 8 * ACTIVATION;

    /// For few rows and blocks: elements of a block that a work-item takes at a time, so that eight
    /// work-items that share the sum of a column take a block together.
    private static final int RUN = 4;

    private RoundedMatMulKernels() {}

    /// As [MatMulKernels#matMul]. 2 M N K FLOPs; as many bytes, but that of `b` come two, 34/32 or
    /// 18/32 for an element.
    public static void roundedMatMul(
            KernelContext context,
            IntArray layer,
            FloatArray a,
            long aPlace,
            ByteArray b,
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
        int type = options / TYPE;

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
            float a0 = MatMulKernels.element(a, aStart, aFrom, aK, m, k, aTransposed);
            float a1 =
                    MatMulKernels.element(
                            a, aStart, aFrom + aRows, aK + aInners, m, k, aTransposed);
            float a2 =
                    MatMulKernels.element(
                            a, aStart, aFrom + 2 * aRows, aK + 2 * aInners, m, k, aTransposed);
            float a3 =
                    MatMulKernels.element(
                            a, aStart, aFrom + 3 * aRows, aK + 3 * aInners, m, k, aTransposed);
            float b0 = element(b, bStart, bK, bFrom, k, n, bTransposed, type);
            float b1 = element(b, bStart, bK + bInners, bFrom + bColumns, k, n, bTransposed, type);
            float b2 =
                    element(
                            b,
                            bStart,
                            bK + 2 * bInners,
                            bFrom + 2 * bColumns,
                            k,
                            n,
                            bTransposed,
                            type);
            float b3 =
                    element(
                            b,
                            bStart,
                            bK + 3 * bInners,
                            bFrom + 3 * bColumns,
                            k,
                            n,
                            bTransposed,
                            type);
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
            for (int part = 0; part < STEP; part += STEP / 2) {
                for (int i = 0; i < STEP / 2; i++) { // few enough for TornadoVM to unroll
                    int rowsAt = (part + i) * PITCH + top;
                    int columnsAt = (part + i) * PITCH + left;
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
                options % TYPE);
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
                options % TYPE);
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
                options % TYPE);
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
                options % TYPE);
    }

    /// Element (row, column) of a matrix of `[rows, columns]`, or of `[columns, rows]` where it is
    /// transposed; 0 outside.
    private static float element(
            ByteArray matrix,
            int start,
            int row,
            int column,
            int rows,
            int columns,
            int transposed,
            int type) {
        float value = 0f;
        if (row < rows && column < columns) {
            int at = transposed == 0 ? row * columns + column : column * rows + row;
            value = RoundedNumbers.at(matrix, start, at, type);
        }
        return value;
    }

    /// As [MatMulKernels#matMulOfFewRows]. Where `b` has blocks, eight neighbours take four
    /// elements each of one of them, multiply, and apply the scale to the sum of the four.
    public static void roundedMatMulOfFewRows(
            KernelContext context,
            IntArray layer,
            FloatArray a,
            long aPlace,
            ByteArray b,
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
        int type = options / TYPE;
        boolean bByRows = (options & TRANSPOSE_B) == 0;
        int columns = MatMulKernels.columnsOfGroup(n);
        int shares = ITEMS / columns;
        int local = bByRows ? item % columns : item / shares;
        int share = bByRows ? item / columns : item % shares;
        int column = context.groupIdx * columns + local;
        int aStart = Place.start(aPlace, layer);
        int bStart = Place.start(bPlace, layer);
        float sum = 0f;
        if (column < n) {
            if (type == RoundedNumbers.BF16) {
                for (int inner = share; inner < k; inner += shares) {
                    int aAt = (options & TRANSPOSE_A) == 0 ? row * k + inner : inner * m + row;
                    int bAt = bByRows ? inner * n + column : column * k + inner;
                    sum += a.get(aStart + aAt) * RoundedNumbers.at(b, bStart, bAt, type);
                }
            } else {
                for (int inner = share * RUN; inner < k; inner += shares * RUN) {
                    int bAt = column * k + inner;
                    float part = 0f;
                    for (int i = 0; i < RUN; i++) {
                        part +=
                                a.get(aStart + row * k + inner + i)
                                        * RoundedNumbers.unscaled(b, bStart, bAt + i, type);
                    }
                    sum += part * RoundedNumbers.scale(b, bStart, bAt, type);
                }
            }
        }
        float value = MatMulKernels.sumOfShares(context, sum, share, local, columns);
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
            value = ActivationKernels.value(value, options % TYPE / ACTIVATION);
            if ((options & ADDEND) != 0) {
                value += addend.get(Place.start(addendPlace, layer) + element);
            }
            out.set(Place.start(outPlace, layer) + element, value);
        }
    }
}
