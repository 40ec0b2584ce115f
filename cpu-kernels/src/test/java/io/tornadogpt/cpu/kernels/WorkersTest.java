package io.tornadogpt.cpu.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void everyUnitRunsOnce(int threads) {
        try (var workers = new Workers(threads)) {
            for (int units = 0; units < 200; units++) {
                var runs = new AtomicIntegerArray(units);
                workers.run(units, (unit, scratch) -> runs.incrementAndGet(unit));
                for (int unit = 0; unit < units; unit++) {
                    assertEquals(1, runs.get(unit), "unit " + unit + " of " + units);
                }
            }
        }
    }

    @Test
    void aThreadHelpsAnotherWhoseUnitTakesLong() {
        int units = 16;
        var others = new AtomicInteger();
        long end = System.nanoTime() + 10_000_000_000L;
        try (var workers = new Workers(2)) {
            workers.run(
                    units,
                    (unit, scratch) -> {
                        if (unit > 0) {
                            others.incrementAndGet();
                            return;
                        }
                        // Half of them are in the range of the thread that has this one.
                        while (others.get() < units - 1 && System.nanoTime() < end) {
                            Thread.onSpinWait();
                        }
                        assertEquals(units - 1, others.get());
                    });
        }
    }

    @Test
    void whatUnitsWroteIsSeenByTheNextRun() {
        try (var workers = new Workers(4)) {
            int[] values = new int[1000];
            for (int round = 1; round <= 300; round++) {
                workers.run(values.length, (unit, scratch) -> values[unit]++);
            }
            int[] expected = new int[values.length];
            Arrays.fill(expected, 300);
            assertArrayEquals(expected, values);
        }
    }

    @Test
    void sleepingThreadsWakeUp() {
        try (var workers = new Workers(3)) {
            for (int i = 0; i < 20; i++) {
                LockSupport.parkNanos(2_000_000);
                int[] sum = new int[64];
                workers.run(64, (unit, scratch) -> sum[unit] = 1);
                assertEquals(64, Arrays.stream(sum).sum());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void anExceptionInAUnitReachesTheCallerAndTheNextRunWorks(int threads) {
        try (var workers = new Workers(threads)) {
            var thrown =
                    assertThrows(
                            IllegalArgumentException.class,
                            () ->
                                    workers.run(
                                            50,
                                            (unit, scratch) -> {
                                                if (unit == 33) {
                                                    throw new IllegalArgumentException("unit 33");
                                                }
                                            }));
            assertEquals("unit 33", thrown.getMessage());
            var runs = new AtomicIntegerArray(1);
            workers.run(10, (unit, scratch) -> runs.incrementAndGet(0));
            assertEquals(10, runs.get(0));
        }
    }

    @Test
    void anInterruptIsKeptForTheCaller() {
        try (var workers = new Workers(2)) {
            Thread.currentThread().interrupt();
            workers.run(4, (unit, scratch) -> spin(2_000_000));
            assertTrue(Thread.interrupted());
        } finally {
            Thread.interrupted(); // do not disturb the next test
        }
    }

    private static void spin(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @Test
    void closingEndsTheThreads() throws InterruptedException {
        var workers = new Workers(3);
        workers.run(9, (unit, scratch) -> {});
        workers.close();
        for (int i = 0; i < 500 && helpersAlive(); i++) {
            Thread.sleep(10);
        }
        assertFalse(helpersAlive());
        assertThrows(IllegalStateException.class, () -> workers.run(1, (unit, scratch) -> {}));
    }

    private static boolean helpersAlive() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("tornadogpt-cpu-"));
    }
}
