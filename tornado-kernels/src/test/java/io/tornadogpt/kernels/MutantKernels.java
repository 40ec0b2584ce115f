package io.tornadogpt.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Kernels of which each has one mistake that is easily made.
public final class MutantKernels {
    private MutantKernels() {}

    /// One element too many.
    public static void offByOne(
            IntArray layer,
            FloatArray a,
            long aPlace,
            FloatArray b,
            long bPlace,
            FloatArray out,
            long outPlace,
            int n) {
        for (@Parallel int i = 0; i <= n; i++) {
            out.set(
                    Place.start(outPlace, layer) + i,
                    a.get(Place.start(aPlace, layer) + i) + b.get(Place.start(bPlace, layer) + i));
        }
    }

    /// The last element is forgotten.
    public static void partlyWritten(
            IntArray layer, FloatArray x, long xPlace, FloatArray out, long outPlace, int n) {
        for (@Parallel int i = 0; i < n - 1; i++) {
            out.set(Place.start(outPlace, layer) + i, x.get(Place.start(xPlace, layer) + i));
        }
    }

    /// Rows are taken to be as long as there are rows.
    public static void wrongStride(
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray bias,
            long biasPlace,
            FloatArray out,
            long outPlace,
            int rows,
            int columns) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int column = 0; column < columns; column++) {
                out.set(
                        Place.start(outPlace, layer) + row * columns + column,
                        x.get(Place.start(xPlace, layer) + row * rows + column)
                                + bias.get(Place.start(biasPlace, layer) + column));
            }
        }
    }

    /// Assigns where it should add.
    public static void forgottenAccumulate(
            IntArray layer,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dBias,
            long dBiasPlace,
            int rows,
            int columns) {
        for (@Parallel int column = 0; column < columns; column++) {
            float sum = 0f;
            for (int row = 0; row < rows; row++) {
                sum += dOut.get(Place.start(dOutPlace, layer) + row * columns + column);
            }
            dBias.set(Place.start(dBiasPlace, layer) + column, sum);
        }
    }

    /// Every position sees all others.
    public static void missingCausalMask(
            IntArray layer,
            FloatArray qkv,
            long qkvPlace,
            FloatArray out,
            long outPlace,
            FloatArray lse,
            long lsePlace,
            int rows,
            int positions,
            int heads,
            int headSize,
            float scale) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int head = 0; head < heads; head++) {
                int channels = heads * headSize;
                int first = row / positions * positions;
                int start = Place.start(qkvPlace, layer) + head * headSize;
                float sum = 0f;
                for (int j = first; j < first + positions; j++) {
                    float dot = 0f;
                    for (int d = 0; d < headSize; d++) {
                        dot +=
                                qkv.get(start + row * 3 * channels + d)
                                        * qkv.get(start + j * 3 * channels + channels + d);
                    }
                    float p = TornadoMath.exp(dot * scale);
                    sum += p;
                    for (int d = 0; d < headSize; d++) {
                        int at =
                                Place.start(outPlace, layer) + row * channels + head * headSize + d;
                        float attended = j == first ? 0f : out.get(at);
                        float value = qkv.get(start + j * 3 * channels + 2 * channels + d);
                        out.set(at, attended + p * value);
                    }
                }
                for (int d = 0; d < headSize; d++) {
                    int at = Place.start(outPlace, layer) + row * channels + head * headSize + d;
                    out.set(at, out.get(at) / sum);
                }
                int lseRow = (row / positions * heads + head) * positions + row % positions;
                lse.set(Place.start(lsePlace, layer) + lseRow, TornadoMath.log(sum));
            }
        }
    }

    /// Work-items without a column leave before the barriers.
    public static void barrierNotReached(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray out,
            long outPlace,
            int columns) {
        if (context.localIdx >= columns) {
            return;
        }
        int row = context.groupIdx * columns + context.localIdx;
        float e = TornadoMath.exp(x.get(Place.start(xPlace, layer) + row));
        out.set(Place.start(outPlace, layer) + row, e / RowGroups.sum(context, e));
    }

    /// Every work-item stores the result, not only the first.
    public static void racingStore(
            KernelContext context,
            IntArray layer,
            FloatArray losses,
            long lossesPlace,
            FloatArray loss,
            long lossPlace,
            FloatArray count,
            long countPlace,
            int n) {
        float sum = 0f;
        for (int i = context.localIdx; i < n; i += context.localGroupSizeX) {
            sum += losses.get(Place.start(lossesPlace, layer) + i);
        }
        sum = RowGroups.sum(context, sum);
        loss.set(Place.start(lossPlace, layer), sum / n);
        count.set(Place.start(countPlace, layer), n);
    }

    /// The sum of a row's exponentials is read before it is complete.
    public static void sumReadEarly(
            KernelContext context,
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray out,
            long outPlace,
            int columns) {
        float[] parts = context.allocateFloatLocalArray(RowGroups.LARGEST);
        int item = context.localIdx;
        int row = Place.start(xPlace, layer) + context.groupIdx * columns;
        float sum = 0f;
        for (int c = item; c < columns; c += context.localGroupSizeX) {
            sum += TornadoMath.exp(x.get(row + c));
        }
        parts[item] = sum;
        for (int half = context.localGroupSizeX / 2; half > 0; half /= 2) {
            context.localBarrier();
            if (item < half) {
                parts[item] += parts[item + half];
            }
        }
        for (int c = item; c < columns; c += context.localGroupSizeX) {
            out.set(
                    Place.start(outPlace, layer) + context.groupIdx * columns + c,
                    TornadoMath.exp(x.get(row + c)) / parts[0]);
        }
    }

    /// Sums up in a variable that all rounds share.
    public static void sharedSum(
            IntArray layer,
            FloatArray losses,
            long lossesPlace,
            FloatArray loss,
            long lossPlace,
            FloatArray count,
            long countPlace,
            int n) {
        float sum = 0f;
        for (@Parallel int i = 0; i < n; i++) {
            sum += losses.get(Place.start(lossesPlace, layer) + i);
        }
        loss.set(Place.start(lossPlace, layer), sum / n);
        count.set(Place.start(countPlace, layer), n);
    }
}
