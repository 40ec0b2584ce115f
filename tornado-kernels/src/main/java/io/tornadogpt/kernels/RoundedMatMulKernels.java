package io.tornadogpt.kernels;

import static io.tornadogpt.kernels.MatMulKernels.ACCUMULATE;
import static io.tornadogpt.kernels.MatMulKernels.ACTIVATION;
import static io.tornadogpt.kernels.MatMulKernels.ADDEND;
import static io.tornadogpt.kernels.MatMulKernels.BIAS;
import static io.tornadogpt.kernels.MatMulKernels.COLUMNS;
import static io.tornadogpt.kernels.MatMulKernels.ITEMS;
import static io.tornadogpt.kernels.MatMulKernels.KEEP;
import static io.tornadogpt.kernels.MatMulKernels.PITCH;
import static io.tornadogpt.kernels.MatMulKernels.SHARES;
import static io.tornadogpt.kernels.MatMulKernels.STEP;
import static io.tornadogpt.kernels.MatMulKernels.TILE;
import static io.tornadogpt.kernels.MatMulKernels.TRANSPOSE_A;
import static io.tornadogpt.kernels.MatMulKernels.TRANSPOSE_B;

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

    /// For few rows and blocks: elements of a block that a work-item takes at a time, so that the
    /// work-items that share the sum of a column take a block together.
    private static final int RUN = 32 / SHARES;

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
        boolean aByRows = (options & TRANSPOSE_A) == 0;
        boolean bByRows = (options & TRANSPOSE_B) == 0;
        int aRow = aByRows ? item / STEP : item % TILE;
        int aInner = aByRows ? item % STEP : item / TILE;
        int bColumn = bByRows ? item % TILE : item / STEP;
        int bInner = bByRows ? item / TILE : item % STEP;

        float[] sums = new float[16];
        for (int i = 0; i < 16; i++) {
            sums[i] = 0f;
        }
        float[] aLoaded = new float[4];
        float[] bLoaded = new float[4];
        int top = item / 16 * 4;
        int left = item % 16;
        for (int inner0 = 0; inner0 < k; inner0 += STEP) {
            for (int i = 0; i < 4; i++) {
                int row = row0 + (aByRows ? aRow + 16 * i : aRow);
                int inner = inner0 + (aByRows ? aInner : aInner + 4 * i);
                float value = 0f;
                if (row < m && inner < k) {
                    value = a.get(aStart + (aByRows ? row * k + inner : inner * m + row));
                }
                aLoaded[i] = value;
            }
            for (int i = 0; i < 4; i++) {
                int column = column0 + (bByRows ? bColumn : bColumn + 16 * i);
                int inner = inner0 + (bByRows ? bInner + 4 * i : bInner);
                float value = 0f;
                if (column < n && inner < k) {
                    int element = bByRows ? inner * n + column : column * k + inner;
                    value = RoundedNumbers.at(b, bStart, element, type);
                }
                bLoaded[i] = value;
            }
            context.localBarrier();
            for (int i = 0; i < 4; i++) {
                int aPosition =
                        aByRows ? aInner * PITCH + aRow + 16 * i : (aInner + 4 * i) * PITCH + aRow;
                int bPosition =
                        bByRows
                                ? (bInner + 4 * i) * PITCH + bColumn
                                : bInner * PITCH + bColumn + 16 * i;
                aTile[aPosition] = aLoaded[i];
                bTile[bPosition] = bLoaded[i];
            }
            context.localBarrier();
            for (int inner = 0; inner < STEP; inner++) {
                int aAt = inner * PITCH + top;
                int bAt = inner * PITCH + left;
                float b0 = bTile[bAt];
                float b1 = bTile[bAt + 16];
                float b2 = bTile[bAt + 32];
                float b3 = bTile[bAt + 48];
                for (int i = 0; i < 4; i++) {
                    float left4 = aTile[aAt + i];
                    sums[4 * i] += left4 * b0;
                    sums[4 * i + 1] += left4 * b1;
                    sums[4 * i + 2] += left4 * b2;
                    sums[4 * i + 3] += left4 * b3;
                }
            }
        }

        int outStart = Place.start(outPlace, layer);
        int biasStart = Place.start(biasPlace, layer);
        int preStart = Place.start(preActivationPlace, layer);
        int addendStart = Place.start(addendPlace, layer);
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                int row = row0 + top + i;
                int column = column0 + left + 16 * j;
                if (row < m && column < n) {
                    int element = row * n + column;
                    float value = sums[4 * i + j];
                    if ((options & ACCUMULATE) != 0) {
                        value += out.get(outStart + element);
                    }
                    if ((options & BIAS) != 0) {
                        value += bias.get(biasStart + column);
                    }
                    if ((options & KEEP) != 0) {
                        preActivation.set(preStart + element, value);
                    }
                    value = ActivationKernels.value(value, options % TYPE / ACTIVATION);
                    if ((options & ADDEND) != 0) {
                        value += addend.get(addendStart + element);
                    }
                    out.set(outStart + element, value);
                }
            }
        }
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
        float[] parts = context.allocateFloatLocalArray(ITEMS);
        int item = context.localIdx;
        int row = context.groupIdy;
        int type = options / TYPE;
        boolean bByRows = (options & TRANSPOSE_B) == 0;
        int local = bByRows ? item % COLUMNS : item / SHARES;
        int share = bByRows ? item / COLUMNS : item % SHARES;
        int column = context.groupIdx * COLUMNS + local;
        int aStart = Place.start(aPlace, layer);
        int bStart = Place.start(bPlace, layer);
        float sum = 0f;
        if (column < n) {
            if (type == RoundedNumbers.BF16) {
                for (int inner = share; inner < k; inner += SHARES) {
                    int aAt = (options & TRANSPOSE_A) == 0 ? row * k + inner : inner * m + row;
                    int bAt = bByRows ? inner * n + column : column * k + inner;
                    sum += a.get(aStart + aAt) * RoundedNumbers.at(b, bStart, bAt, type);
                }
            } else {
                for (int inner = share * RUN; inner < k; inner += SHARES * RUN) {
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
            value = ActivationKernels.value(value, options % TYPE / ACTIVATION);
            if ((options & ADDEND) != 0) {
                value += addend.get(Place.start(addendPlace, layer) + element);
            }
            out.set(Place.start(outPlace, layer) + element, value);
        }
    }
}
