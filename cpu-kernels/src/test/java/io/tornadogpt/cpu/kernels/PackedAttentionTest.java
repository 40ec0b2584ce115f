package io.tornadogpt.cpu.kernels;

import static io.tornadogpt.cpu.kernels.Buffers.assertClose;
import static io.tornadogpt.cpu.kernels.Buffers.random;
import static io.tornadogpt.cpu.kernels.Buffers.read;
import static io.tornadogpt.cpu.kernels.Buffers.sameForAnyThreads;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/// Sequences that lie one behind the other in a row of a batch.
class PackedAttentionTest {
    private static final int[] LENGTHS = {63, 1, 70, 40};

    /// Rows of padding behind the last sequence.
    private static final int PADDING = 26;

    /// What a row of positions gives: results, log-sum-exps and gradients.
    private record Kind(
            boolean causal, int window, int heads, int keyValueHeads, int size, float cap) {
        int width() {
            return (heads + 2 * keyValueHeads) * size;
        }

        /// @param spans of each position; null for all
        float[] run(float[] vectors, float[] dOut, int[] spans) {
            int positions = vectors.length / width();
            int channels = heads * size;
            return sameForAnyThreads(
                    (workers, buffers) -> {
                        MemorySegment allowed = spans == null ? null : buffers.of(spans);
                        var kernel =
                                new AttentionKernel(
                                        workers,
                                        1,
                                        positions,
                                        new Heads(heads, keyValueHeads, size, 0.3f, cap, null),
                                        new AttentionKernel.View(causal, window, allowed),
                                        null);
                        MemorySegment out = buffers.nan(positions * channels);
                        MemorySegment lse = buffers.nan(positions * heads);
                        MemorySegment gradients = buffers.nan(positions * width());
                        var all = columns(buffers.of(vectors));
                        kernel.forward(all, out, lse);
                        kernel.backward(all, out, lse, buffers.of(dOut), columns(gradients));
                        return read(out, gradients);
                    });
        }

        private AttentionKernel.Vectors columns(MemorySegment vectors) {
            var queries = new HeadRows(vectors, 0, 4L * width());
            return new AttentionKernel.Vectors(
                    queries,
                    queries.from(0, heads * size),
                    queries.from(0, (heads + keyValueHeads) * size));
        }
    }

    @ParameterizedTest(name = "causal {0} window {1} H{2} KV{3} D{4} cap {5}")
    @CsvSource({
        "true, 0, 2, 2, 16, 0",
        "false, 0, 2, 2, 16, 0",
        "true, 9, 4, 2, 33, 0",
        "false, 12, 4, 1, 8, 0",
        "true, 0, 3, 1, 64, 2",
        "false, 40, 2, 1, 20, 1.5"
    })
    void eachSequenceGivesWhatItGivesAlone(
            boolean causal, int window, int heads, int keyValueHeads, int size, float cap) {
        var kind = new Kind(causal, window, heads, keyValueHeads, size, cap);
        int positions = Arrays.stream(LENGTHS).sum() + PADDING;
        var random = new Random(size);
        float[] vectors = random(random, positions * kind.width());
        float[] dOut = random(random, positions * heads * size);
        var spans = new int[2 * positions];
        int start = 0;
        for (int length : LENGTHS) {
            for (int i = start; i < start + length; i++) {
                spans[2 * i] = start;
                spans[2 * i + 1] = start + length;
            }
            start += length;
        }
        float[] packed = kind.run(vectors, dOut, spans);

        var expected = new double[packed.length]; // zeros for padding
        start = 0;
        for (int length : LENGTHS) {
            float[] alone =
                    kind.run(
                            rows(vectors, start, length, kind.width()),
                            rows(dOut, start, length, heads * size),
                            null);
            int outs = heads * size;
            put(alone, 0, length * outs, expected, start * outs);
            put(
                    alone,
                    length * outs,
                    length * kind.width(),
                    expected,
                    positions * outs + start * kind.width());
            start += length;
        }
        assertClose(expected, packed, 1e-6, "packed");
    }

    private static float[] rows(float[] all, int row, int count, int width) {
        return Arrays.copyOfRange(all, row * width, (row + count) * width);
    }

    private static void put(float[] from, int first, int count, double[] to, int at) {
        for (int i = 0; i < count; i++) {
            to[at + i] = from[first + i];
        }
    }
}
