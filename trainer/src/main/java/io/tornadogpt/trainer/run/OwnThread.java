package io.tornadogpt.trainer.run;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Does a task in a thread of its own, which nobody interrupts, while the caller waits.
///
/// An interrupt closes the file that its thread happens to write. Training answers one by saving a
/// checkpoint, so the thread that is interrupted must not be the one that saves.
final class OwnThread {
    private OwnThread() {}

    /// @param name of the thread
    /// @param stop asks the task to end soon; called when the caller is interrupted
    /// @return the task's result
    static <T> T run(String name, Runnable stop, Callable<T> task) throws IOException {
        var future = new FutureTask<>(task);
        String caller = Thread.currentThread().getName();
        Thread.ofPlatform().name(name + " for " + caller).start(future);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    stop.run();
                }
            }
        } catch (ExecutionException e) {
            throw failure(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException failure(ExecutionException e) throws IOException {
        switch (e.getCause()) {
            case IOException io -> throw io;
            case RuntimeException own -> throw own;
            case Error error -> throw error;
            case null, default -> throw new IllegalStateException(e);
        }
    }
}
