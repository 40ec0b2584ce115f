package io.tornadogpt.cpu.kernels;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/// A fixed set of threads that share the units of one kernel after the other.
///
/// Each thread has a range of units of its own, the first thread the first units, and helps others
/// once its own are done; who computes a unit makes no difference to its result. Kernels number
/// units in the order of their output in memory: then a thread finds much of what it reads in its
/// own cache, because it wrote it a kernel ago, and little has to come from another core's, which
/// takes four times as long where the cores share no L3 cache.
///
/// The calling thread takes part, so one thread needs no others. Between kernels the others spin
/// for some microseconds, because the next kernel follows at once within a step, and then sleep.
/// Used by one calling thread at a time.
public final class Workers implements AutoCloseable {
    /// One unit of a kernel.
    @FunctionalInterface
    interface Unit {
        /// Computes unit number `unit`.
        ///
        /// @param scratch belongs to the thread for the length of this call
        void run(int unit, Scratch scratch);
    }

    private static final long SPIN_NANOS = 20_000;
    private static final int SPINS_BETWEEN_LOOKS_AT_THE_CLOCK = 64;

    /// Integers between two that different threads change: two cache lines, for some processors
    /// fetch lines in pairs.
    private static final int LINE = 32;

    private final Helper[] helpers;
    private final Scratch callersScratch = new Scratch();
    private final Scratch shared = new Scratch();
    private volatile @Nullable Job job;
    private volatile boolean closed;

    /// Starts `threads - 1` daemon threads.
    ///
    /// @param threads how many compute at once, the caller included; 0 for one a processor
    public Workers(int threads) {
        int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        helpers = new Helper[count - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Helper(i + 1);
            helpers[i].thread.start();
        }
    }

    /// How many threads compute at once.
    public int threads() {
        return helpers.length + 1;
    }

    /// An array that the caller fills before a [#run], or in one, for all threads to read in the
    /// next.
    float[] shared(int number, int length) {
        return shared.floats(number, length);
    }

    /// The same off-heap, where vectors are aligned.
    MemorySegment sharedMemory(long bytes) {
        return shared.memory(bytes);
    }

    /// Runs units 0 to `units - 1` and returns when all are done. What they wrote is visible to the
    /// caller and to later units.
    ///
    /// An exception thrown by a unit is thrown here; units not begun by then are left out.
    void run(int units, Unit body) {
        if (closed) {
            throw new IllegalStateException("the worker threads were closed; open a new session");
        }
        if (units == 1 || helpers.length == 0) {
            for (int unit = 0; unit < units; unit++) {
                body.run(unit, callersScratch);
            }
            return;
        }
        var next = new Job(units, body, threads(), Thread.currentThread());
        job = next;
        for (int i = 0; i < Math.min(helpers.length, units - 1); i++) {
            helpers[i].wake();
        }
        next.work(0, callersScratch);
        next.await();
        job = null;
        next.rethrow();
    }

    /// Ends the threads.
    @Override
    public void close() {
        closed = true;
        for (Helper helper : helpers) {
            LockSupport.unpark(helper.thread);
        }
    }

    /// The units of one call of [#run].
    private static final class Job {
        private final int units;
        private final Unit body;
        private final Thread caller;
        private final int threads;

        /// The next unit of each thread's range, each in a cache line of its own.
        private final AtomicIntegerArray next;

        private final AtomicInteger finished = new AtomicInteger();
        private volatile boolean callerSleeps;
        private volatile @Nullable Throwable failure;

        Job(int units, Unit body, int threads, Thread caller) {
            this.units = units;
            this.body = body;
            this.threads = threads;
            this.caller = caller;
            next = new AtomicIntegerArray((threads + 1) * LINE);
            for (int thread = 0; thread < threads; thread++) {
                next.setPlain((thread + 1) * LINE, begin(thread));
            }
        }

        private int begin(int thread) {
            return (int) ((long) units * thread / threads);
        }

        void work(int thread, Scratch scratch) {
            int count = 0;
            for (int i = 0; i < threads; i++) {
                count += workInRange((thread + i) % threads, scratch);
            }
            if (count > 0 && finished.addAndGet(count) == units && callerSleeps) {
                LockSupport.unpark(caller);
            }
        }

        private int workInRange(int range, Scratch scratch) {
            int end = begin(range + 1);
            int slot = (range + 1) * LINE;
            int count = 0;
            for (int unit = next.getAndIncrement(slot);
                    unit < end;
                    unit = next.getAndIncrement(slot)) {
                if (failure == null) {
                    attempt(unit, scratch);
                }
                count++;
            }
            return count;
        }

        @SuppressWarnings("PMD.AvoidCatchingThrowable") // it is handed on to the caller
        private void attempt(int unit, Scratch scratch) {
            try {
                body.run(unit, scratch);
            } catch (Throwable thrown) {
                failure = thrown;
            }
        }

        boolean done() {
            return finished.get() == units;
        }

        void await() {
            if (spinUntilDone()) {
                return;
            }
            callerSleeps = true;
            boolean interrupted = false;
            while (!done()) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted(); // park would return at once from now on
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private boolean spinUntilDone() {
            long end = System.nanoTime() + 10 * SPIN_NANOS;
            while (System.nanoTime() < end) {
                for (int i = 0; i < SPINS_BETWEEN_LOOKS_AT_THE_CLOCK; i++) {
                    if (done()) {
                        return true;
                    }
                    Thread.onSpinWait();
                }
            }
            return done();
        }

        void rethrow() {
            switch (failure) {
                case null -> {}
                case RuntimeException exception -> throw exception;
                case Error error -> throw error;
                case Throwable other -> throw new IllegalStateException(other);
            }
        }
    }

    /// One thread of the set.
    private final class Helper implements Runnable {
        private final int number;
        private final Thread thread;
        private final Scratch scratch = new Scratch();
        private volatile boolean sleeps;

        Helper(int number) {
            this.number = number;
            thread = new Thread(this, "tornadogpt-cpu-" + number);
            thread.setDaemon(true);
        }

        void wake() {
            if (sleeps) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void run() {
            Job last = null;
            while (!closed) {
                Job current = nextAfter(last);
                if (current != null) {
                    current.work(number, scratch);
                    last = current;
                }
            }
        }

        /// Waits for a job that this thread has not seen; null if it should look whether it is to
        /// end.
        private @Nullable Job nextAfter(@Nullable Job last) {
            long end = System.nanoTime() + SPIN_NANOS;
            while (System.nanoTime() < end) {
                for (int i = 0; i < SPINS_BETWEEN_LOOKS_AT_THE_CLOCK; i++) {
                    Job current = job;
                    if (current != null && current != last) {
                        return current;
                    }
                    Thread.onSpinWait();
                }
            }
            return sleepUnlessNewer(last);
        }

        private @Nullable Job sleepUnlessNewer(@Nullable Job last) {
            sleeps = true; // before looking once more, so that a caller either is seen or wakes
            Job current = job;
            if ((current == null || current == last) && !closed) {
                LockSupport.park(this);
            }
            sleeps = false;
            current = job;
            return current == last ? null : current;
        }
    }
}
