package io.tornadogpt.bench;

import java.util.Arrays;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.IntConsumer;

/// Does work on several threads that start together.
final class Threads {
    private Threads() {}

    /// Nanoseconds from the first thread's start to the last one's end. They say themselves when
    /// that was: on a busy machine this thread may wake after they have ended.
    ///
    /// @param work is given the number of its thread
    static long nanos(int count, IntConsumer work) {
        var start = new CyclicBarrier(count);
        var begin = new long[count];
        var end = new long[count];
        var threads = new Thread[count];
        for (int i = 0; i < count; i++) {
            int number = i;
            Runnable timed =
                    () -> {
                        await(start);
                        begin[number] = System.nanoTime();
                        work.accept(number);
                        end[number] = System.nanoTime();
                    };
            threads[i] = Thread.ofPlatform().daemon().start(timed);
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        }
        return Arrays.stream(end).max().orElseThrow() - Arrays.stream(begin).min().orElseThrow();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        } catch (BrokenBarrierException e) {
            throw new IllegalStateException("a measuring thread failed to start", e);
        }
    }
}
