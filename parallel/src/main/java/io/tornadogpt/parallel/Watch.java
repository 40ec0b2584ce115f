package io.tornadogpt.parallel;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.Consumer;

/// Looks whether a call into a library comes back in time, in a thread of its own, for such a call
/// cannot be interrupted.
final class Watch implements AutoCloseable {
    private static final long LOOK_MILLIS = 100;

    private final long limit;
    private final Consumer<String> fatal;
    private final Thread thread;
    private @Nullable String waiting;
    private long since;

    /// @param fatal told what is wrong where a call does not come back
    Watch(Duration limit, Consumer<String> fatal) {
        this.limit = limit.toNanos();
        this.fatal = fatal;
        this.thread = Thread.ofPlatform().daemon().name("mpi watch").start(this::look);
    }

    /// A call begins.
    ///
    /// @param message what is wrong where it does not come back
    synchronized void begin(String message) {
        waiting = message;
        since = System.nanoTime();
    }

    /// It came back.
    synchronized void end() {
        waiting = null;
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK_MILLIS);
                String late = late();
                if (late != null) {
                    fatal.accept(late);
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private synchronized @Nullable String late() {
        return waiting != null && System.nanoTime() - since > limit ? waiting : null;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
