package io.tornadogpt.trainer.run;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Does the writing of saves in a thread of its own, one after the other, and hands what became of
/// them back to the thread that trains.
final class Saver implements AutoCloseable {
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    work -> {
                        var made = new Thread(work, "checkpoint");
                        made.setDaemon(true); // a second Ctrl-C must not wait for it
                        return made;
                    });
    private final Deque<Future<Runnable>> works = new ArrayDeque<>();

    /// Hands over a piece of work.
    ///
    /// @param work returns what is to be done then in the thread that trains
    /// @return to wait for
    Future<Runnable> submit(Callable<Runnable> work) {
        Future<Runnable> future = thread.submit(work);
        works.add(future);
        return future;
    }

    /// Takes in what is done, without waiting.
    ///
    /// @throws IOException where it failed
    void takeIn() throws IOException {
        for (Future<Runnable> first = works.peek();
                first != null && first.isDone();
                first = works.peek()) {
            works.remove();
            done(first).run();
        }
    }

    /// Waits until all is done, and takes it in.
    void finish() throws IOException {
        finish(null);
    }

    /// Waits until a piece of work is done and those before it, and takes them in.
    ///
    /// @param last null for all
    void finish(@Nullable Future<Runnable> last) throws IOException {
        boolean pending = last == null || works.stream().anyMatch(work -> work == last);
        while (pending && !works.isEmpty()) {
            Future<Runnable> first = works.remove();
            done(first).run();
            pending = first != last;
        }
    }

    private static Runnable done(Future<Runnable> work) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return work.get();
                } catch (InterruptedException e) {
                    interrupted = true; // what is being saved is worth waiting for
                }
            }
        } catch (CancellationException e) {
            throw new IOException("the save was cancelled", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException(e);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Lets what was begun come to its end, and drops the rest.
    @Override
    public void close() {
        works.forEach(work -> work.cancel(false));
        thread.close();
    }
}
