package io.tornadogpt.tokenizer.text;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/// Cuts a stream of text into chunks, works on them on all cores and delivers the results in order.
/// No more than a few chunks a core are in memory at once.
///
/// @param <R> what a chunk becomes
public final class ParallelChunks<R> {

    /// Finds places where a text may be cut without changing what its chunks become.
    @FunctionalInterface
    public interface Cut {
        /// The last such place inside `bytes[from, to)`, where more text may follow `to`; `from` if
        /// there is none.
        int lastIn(byte[] bytes, int from, int to);
    }

    /// Takes the results in order, in the calling thread.
    @FunctionalInterface
    public interface Results<R> {
        /// @param bytes bytes of input that this and all earlier results stand for
        void accept(R result, long bytes) throws IOException;
    }

    private record Pending<R>(Future<R> result, long end) {}

    private final Cut cut;
    private final Function<TextChunk, R> work;

    /// @param work done on each chunk, by many threads at once
    public ParallelChunks(Cut cut, Function<TextChunk, R> work) {
        this.cut = cut;
        this.work = work;
    }

    public void run(InputStream in, Results<R> results) throws IOException {
        int cores = Runtime.getRuntime().availableProcessors();
        var chunks = new ChunkReader(cut, in);
        Deque<Pending<R>> window = new ArrayDeque<>();
        ExecutorService workers = Executors.newFixedThreadPool(cores, ParallelChunks::worker);
        try {
            for (TextChunk chunk = chunks.next(); chunk != null; chunk = chunks.next()) {
                TextChunk task = chunk;
                Future<R> result = workers.submit(() -> work.apply(task));
                window.add(new Pending<>(result, task.end()));
                if (window.size() > 2 * cores) {
                    deliver(window.remove(), results);
                }
            }
            while (!window.isEmpty()) {
                deliver(window.remove(), results);
            }
        } finally {
            workers.shutdownNow();
        }
    }

    private static <R> void deliver(Pending<R> next, Results<R> results) throws IOException {
        results.accept(await(next.result()), next.end());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException unchecked -> throw unchecked;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while working on text", e);
        }
    }

    private static Thread worker(Runnable work) {
        Thread thread = new Thread(work, "tokenizer");
        thread.setDaemon(true);
        return thread;
    }
}
