package io.tornadogpt.server.http;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Gives up on clients that ask and do not read: a write that takes too long is interrupted, which
/// closes its connection.
public final class SlowReaders implements AutoCloseable {
    /// Something that writes to a client.
    @FunctionalInterface
    public interface Write {
        void run() throws IOException;
    }

    private static final Duration TICK = Duration.ofMillis(500);

    private final long longest;
    private final Map<Thread, Long> writing = new ConcurrentHashMap<>();
    private final Thread watcher;

    /// @param longest time for a write
    public SlowReaders(Duration longest) {
        this.longest = longest.toNanos();
        watcher = Thread.ofVirtual().name("gpt-slow-readers").start(this::interruptSlow);
    }

    private void interruptSlow() {
        try {
            while (true) {
                Thread.sleep(TICK);
                long now = System.nanoTime();
                writing.forEach(
                        (thread, since) -> {
                            if (now - since > longest && writing.remove(thread, since)) {
                                thread.interrupt();
                            }
                        });
            }
        } catch (InterruptedException e) {
            return; // closed
        }
    }

    void watch(Write write) throws IOException {
        Thread thread = Thread.currentThread();
        writing.put(thread, System.nanoTime());
        try {
            write.run();
        } finally {
            writing.remove(thread);
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
