package io.tornadogpt.cpu.kernels;

import static io.tornadogpt.cpu.kernels.Buffers.assertClose;
import static io.tornadogpt.cpu.kernels.Buffers.random;
import static io.tornadogpt.cpu.kernels.Buffers.read;
import static io.tornadogpt.cpu.kernels.Buffers.sameForAnyThreads;

import io.tornadogpt.core.random.Threefry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.Random;

class AttentionTest {
    private static final int[] RNG = {17, 4, 9, 2};
    private static final int ID = 6;
    private static final int LAYER = 3;

    @ParameterizedTest(name = "B{0} T{1} H{2} D{3} window {4} dropout {5}")
    @CsvSource({
        "1, 1, 1, 1, 0, 0",
        "1, 2, 1, 3, 0, 0",
        "2, 7, 3, 5, 0, 0",
        "1, 17, 2, 8, 0, 0",
        "2, 64, 2, 32, 0, 0",
        "1, 49, 1, 20, 0, 0",
        "1, 50, 1, 16, 1, 0",
        "1, 65, 2, 33, 7, 0",
        "1, 130, 1, 16, 50, 0",
        "1, 197, 2, 4, 0, 0",
        "1, 197, 1, 9, 100, 0",
        "1, 33, 2, 8, 0, 0.2",
        "2, 67, 2, 8, 0, 0.5",
        "1, 131, 1, 12, 45, 0.3"
    })
    void matchesDoubleLoopsForwardAndBackward(
            int batch, int positions, int heads, int size, int window, double p) {
        var random = new Random(batch + 31L * positions + 7L * heads + size + window);
        int channels = heads * size;
        int rows = batch * positions;
        float[] qkv = random(random, rows * 3 * channels);
        float[] dOut = random(random, rows * channels);
        double scale = 1 / Math.sqrt(size);
        var expected = new Expected(qkv, dOut, batch, positions, heads, size, scale, window, p);

        float[] actual =
                sameForAnyThreads(
                        (workers, buffers) -> {
                            var kernel =
                                    new AttentionKernel(
                                            workers,
                                            batch,
                                            positions,
                                            new Heads(heads, heads, size, (float) scale, 0, null),
                                            new AttentionKernel.View(true, window, null),
                                            keep(buffers, p));
                            MemorySegment x = buffers.of(qkv);
                            MemorySegment out = buffers.nan(rows * channels);
                            MemorySegment lse = buffers.nan(rows * heads);
                            MemorySegment dX = buffers.nan(rows * 3 * channels);
                            kernel.forward(vectors(x, channels), out, lse);
                            kernel.backward(
                                    vectors(x, channels),
                                    out,
                                    lse,
                                    buffers.of(dOut),
                                    vectors(dX, channels));
                            return read(out, lse, dX);
                        });

        int outs = rows * channels;
        int lses = rows * heads;
        assertClose(expected.out, slice(actual, 0, outs), 3e-6, "out");
        assertClose(expected.lse, slice(actual, outs, lses), 2e-6, "lse");
        assertClose(expected.dQkv, slice(actual, outs + lses, 3 * outs), 6e-6, "dQkv");
    }

    private static AttentionKernel.Vectors vectors(MemorySegment qkv, int channels) {
        var queries = new HeadRows(qkv, 0, 12L * channels);
        return new AttentionKernel.Vectors(
                queries, queries.from(0, channels), queries.from(0, 2 * channels));
    }

    private static @Nullable KeepFactors keep(Buffers buffers, double p) {
        return p == 0
                ? null
                : new KeepFactors(buffers.of(RNG), ID, LAYER, threshold(p), 1 / (1 - p));
    }

    private static int threshold(double p) {
        return (int) Math.round(p * (1 << 24));
    }

    private static float[] slice(float[] all, int from, int count) {
        return java.util.Arrays.copyOfRange(all, from, from + count);
    }

    /// Attention and its gradient from their definitions, with T x T matrices.
    private static final class Expected {
        final double[] out;
        final double[] lse;
        final double[] dQkv;
        private final float[] qkv;
        private final float[] dOut;
        private final int positions;
        private final int heads;
        private final int size;
        private final double scale;
        private final int window;
        private final double p;
        private final Threefry threefry = new Threefry(RNG[0], RNG[1], RNG[2], RNG[3]);

        Expected(
                float[] qkv,
                float[] dOut,
                int batch,
                int positions,
                int heads,
                int size,
                double scale,
                int window,
                double p) {
            this.qkv = qkv;
            this.dOut = dOut;
            this.positions = positions;
            this.heads = heads;
            this.size = size;
            this.scale = scale;
            this.window = window;
            this.p = p;
            out = new double[dOut.length];
            lse = new double[batch * positions * heads];
            dQkv = new double[qkv.length];
            for (int b = 0; b < batch; b++) {
                for (int h = 0; h < heads; h++) {
                    for (int i = 0; i < positions; i++) {
                        query(b, h, i);
                    }
                }
            }
        }

        private int index(int b, int part, int h, int position, int d) {
            int channels = heads * size;
            return (b * positions + position) * 3 * channels + part * channels + h * size + d;
        }

        private void query(int b, int h, int i) {
            int first = window == 0 ? 0 : Math.max(0, i - window + 1);
            double[] probability = new double[positions];
            double total = 0;
            for (int j = first; j <= i; j++) {
                double dot = 0;
                for (int d = 0; d < size; d++) {
                    dot += (double) qkv[index(b, 0, h, i, d)] * qkv[index(b, 1, h, j, d)];
                }
                probability[j] = Math.exp(dot * scale);
                total += probability[j];
            }
            int row = (b * heads + h) * positions + i;
            lse[row] = Math.log(total);
            double[] factor = new double[positions];
            double[] dProbability = new double[positions];
            double delta = 0;
            int outRow = (b * positions + i) * heads * size + h * size;
            for (int j = first; j <= i; j++) {
                probability[j] /= total;
                boolean keep = (threefry.word(row, j, ID, LAYER) & 0xFFFFFF) >= threshold(p);
                factor[j] = keep ? 1 / (1 - p) : 0;
                for (int d = 0; d < size; d++) {
                    double v = qkv[index(b, 2, h, j, d)];
                    double g = dOut[outRow + d];
                    out[outRow + d] += probability[j] * factor[j] * v;
                    dProbability[j] += factor[j] * g * v;
                    dQkv[index(b, 2, h, j, d)] += probability[j] * factor[j] * g;
                }
                delta += dProbability[j] * probability[j];
            }
            for (int j = first; j <= i; j++) {
                double dScore = scale * probability[j] * (dProbability[j] - delta);
                for (int d = 0; d < size; d++) {
                    dQkv[index(b, 0, h, i, d)] += dScore * qkv[index(b, 1, h, j, d)];
                    dQkv[index(b, 1, h, j, d)] += dScore * qkv[index(b, 0, h, i, d)];
                }
            }
        }
    }
}
