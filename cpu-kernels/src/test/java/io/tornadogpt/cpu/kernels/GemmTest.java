package io.tornadogpt.cpu.kernels;

import static io.tornadogpt.cpu.kernels.Buffers.assertClose;
import static io.tornadogpt.cpu.kernels.Buffers.random;
import static io.tornadogpt.cpu.kernels.Buffers.read;
import static io.tornadogpt.cpu.kernels.Buffers.sameForAnyThreads;

import io.tornadogpt.core.op.Activation.Function;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.Random;

class GemmTest {
    /// Rounding of a sum of k products grows with its square root.
    private static double bound(int k) {
        return 4e-7 * (2 + Math.sqrt(k));
    }

    @ParameterizedTest(name = "{0} x {1}, k = {2}")
    @CsvSource({
        "1, 1, 1",
        "1, 7, 9",
        "2, 300, 5",
        "3, 33, 70",
        "4, 64, 64",
        "2, 129, 770",
        "5, 5, 5",
        "6, 16, 8",
        "7, 17, 9",
        "13, 65, 31",
        "48, 16, 384",
        "49, 31, 385",
        "65, 128, 12",
        "97, 513, 40",
        "20, 1100, 3",
        "130, 47, 800",
        "60, 800, 300",
        "9, 130, 257",
        "33, 200, 1000",
        "512, 13, 768",
        "513, 40, 600",
        "49, 2100, 30",
        "520, 2100, 10",
        "1030, 40, 20",
        "4100, 70, 520",
        "20, 40, 9000",
        "60, 800, 5000",
        "60, 64, 17000"
    })
    void matchesDoubleLoopsInEveryForm(int m, int n, int k) {
        var random = new Random(m * 31L + n * 7L + k);
        float[] a = random(random, m * k);
        float[] b = random(random, k * n);
        float[] old = random(random, m * n);
        for (int form = 0; form < 8; form++) {
            boolean transposeA = (form & 1) != 0;
            boolean transposeB = (form & 2) != 0;
            boolean accumulate = (form & 4) != 0;
            double[] expected = product(a, transposeA, b, transposeB, m, n, k);
            if (accumulate) {
                add(expected, old);
            }
            float[] actual =
                    sameForAnyThreads(
                            (workers, buffers) -> {
                                MemorySegment out =
                                        accumulate ? buffers.of(old) : buffers.nan(m * n);
                                MatMulKernel.multiply(
                                        workers,
                                        new Operand(buffers.of(a), transposeA),
                                        new Operand(buffers.of(b), transposeB),
                                        out,
                                        m,
                                        n,
                                        k,
                                        accumulate ? Epilogue.ACCUMULATE : Epilogue.NONE);
                                return read(out);
                            });
            String what = (transposeA ? "T" : "N") + (transposeB ? "T" : "N");
            assertClose(expected, actual, bound(k), what + (accumulate ? " +=" : " ="));
        }
    }

    @ParameterizedTest(name = "{0} x {1}, k = {2}")
    @CsvSource({
        "1, 9, 12",
        "3, 40, 8",
        "2, 65, 40",
        "17, 65, 300",
        "50, 65, 33",
        "53, 16, 400",
        "20, 40, 9000",
        "60, 64, 17000"
    })
    void epilogueAddsBiasKeepsTheSumAppliesTheActivationAndAddsTheResidual(int m, int n, int k) {
        for (Function function : Function.values()) {
            checkEpilogue(m, n, k, function, false);
            checkEpilogue(m, n, k, function, true);
        }
    }

    private static void checkEpilogue(int m, int n, int k, Function function, boolean transposed) {
        var random = new Random(m + n + k);
        float[] a = random(random, m * k);
        float[] b = random(random, k * n);
        float[] bias = random(random, n);
        float[] residual = random(random, m * n);
        double[] sum = product(a, false, b, transposed, m, n, k);
        double[] expected = new double[2 * m * n];
        for (int i = 0; i < m * n; i++) {
            sum[i] += bias[i % n];
            expected[i] = Formulas.value(sum[i], function) + residual[i];
            expected[m * n + i] = sum[i];
        }
        float[] actual =
                sameForAnyThreads(
                        (workers, buffers) -> {
                            MemorySegment out = buffers.of(residual);
                            MemorySegment kept = buffers.nan(m * n);
                            MatMulKernel.multiply(
                                    workers,
                                    new Operand(buffers.of(a), false),
                                    new Operand(buffers.of(b), transposed),
                                    out,
                                    m,
                                    n,
                                    k,
                                    new Epilogue(false, buffers.of(bias), function, kept, out));
                            return read(out, kept);
                        });
        assertClose(expected, actual, bound(k), function + (transposed ? " NT" : " NN"));
    }

    @Test
    void smallerProductsDoNotSeeWhatLargerOnesLeftInScratch() {
        var random = new Random(5);
        float[] nan = new float[60 * 60];
        java.util.Arrays.fill(nan, Float.NaN);
        float[] a = random(random, 7 * 9);
        float[] b = random(random, 9 * 5);
        float[] actual =
                sameForAnyThreads(
                        (workers, buffers) -> {
                            MemorySegment out = buffers.nan(35);
                            for (boolean transposed : new boolean[] {false, true}) {
                                var bad = new Operand(buffers.of(nan), transposed);
                                MemorySegment badOut = buffers.nan(60 * 60);
                                MatMulKernel.multiply(
                                        workers, bad, bad, badOut, 60, 60, 60, Epilogue.NONE);
                            }
                            MatMulKernel.multiply(
                                    workers,
                                    new Operand(buffers.of(a), false),
                                    new Operand(buffers.of(b), false),
                                    out,
                                    7,
                                    5,
                                    9,
                                    Epilogue.NONE);
                            return read(out);
                        });
        assertClose(product(a, false, b, false, 7, 5, 9), actual, bound(9), "after NaN");
    }

    static double[] product(
            float[] a, boolean transposeA, float[] b, boolean transposeB, int m, int n, int k) {
        double[] out = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int p = 0; p < k; p++) {
                    double left = transposeA ? a[p * m + i] : a[i * k + p];
                    double right = transposeB ? b[j * k + p] : b[p * n + j];
                    sum += left * right;
                }
                out[i * n + j] = sum;
            }
        }
        return out;
    }

    private static void add(double[] to, float[] from) {
        for (int i = 0; i < to.length; i++) {
            to[i] += from[i];
        }
    }
}
