package io.tornadogpt.cpu.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/// Off-heap tensors for tests, each between sentinels that nobody may touch; outputs start as NaN.
final class Buffers implements AutoCloseable {
    private static final int[] THREADS = {1, 2, 3, 7};
    private static final int GUARD = 64;
    private static final byte SENTINEL = 0x5A;

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> guards = new ArrayList<>();

    /// Runs a kernel with several numbers of threads, each time on new buffers; what comes out must
    /// be the same to the last bit.
    static float[] sameForAnyThreads(KernelRun run) {
        float[] first = null;
        for (int threads : THREADS) {
            try (var workers = new Workers(threads);
                    var buffers = new Buffers()) {
                float[] result = run.apply(workers, buffers);
                buffers.checkGuards();
                if (first == null) {
                    first = result;
                }
                assertArrayEquals(first, result, threads + " threads");
            }
        }
        return first;
    }

    @FunctionalInterface
    interface KernelRun {
        float[] apply(Workers workers, Buffers buffers);
    }

    MemorySegment of(float... values) {
        MemorySegment segment = guarded(values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
        return segment;
    }

    MemorySegment of(int... values) {
        MemorySegment segment = guarded(values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_INT, 0, values.length);
        return segment;
    }

    MemorySegment nan(int count) {
        float[] values = new float[count];
        java.util.Arrays.fill(values, Float.NaN);
        return of(values);
    }

    private MemorySegment guarded(int count) {
        long bytes = 4L * count;
        MemorySegment all = arena.allocate(bytes + 2 * GUARD, GUARD);
        all.fill(SENTINEL);
        guards.add(all.asSlice(0, GUARD));
        guards.add(all.asSlice(GUARD + bytes, GUARD));
        return all.asSlice(GUARD, bytes);
    }

    void checkGuards() {
        for (MemorySegment guard : guards) {
            for (byte value : guard.toArray(ValueLayout.JAVA_BYTE)) {
                assertEquals(SENTINEL, value, "a byte beside a buffer was overwritten");
            }
        }
    }

    static float[] read(MemorySegment... segments) {
        return join(List.of(segments), s -> s.toArray(ValueLayout.JAVA_FLOAT));
    }

    private static float[] join(
            List<MemorySegment> segments, Function<MemorySegment, float[]> floats) {
        float[] all = new float[0];
        for (MemorySegment segment : segments) {
            float[] part = floats.apply(segment);
            all = java.util.Arrays.copyOf(all, all.length + part.length);
            System.arraycopy(part, 0, all, all.length - part.length, part.length);
        }
        return all;
    }

    static float[] random(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /// Asserts `max|actual - expected| <= bound * max|expected|`.
    static void assertClose(double[] expected, float[] actual, double bound, String what) {
        assertEquals(expected.length, actual.length, what);
        double largest = 1e-30;
        for (double value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs(expected[i] - actual[i]) / largest;
            double want = expected[i];
            float got = actual[i];
            int at = i;
            assertTrue(
                    error <= bound,
                    () ->
                            "%s: element %d is %s, expected %s; error %.2g, bound %.2g"
                                    .formatted(what, at, got, want, error, bound));
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
