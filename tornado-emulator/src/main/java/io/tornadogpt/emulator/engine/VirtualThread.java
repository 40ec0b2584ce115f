package io.tornadogpt.emulator.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Runs work in a virtual thread and waits for it.
final class VirtualThread {

    private VirtualThread() {}

    static void run(Runnable work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.startVirtualThread(
                () -> {
                    try {
                        work.run();
                        done.complete(null);
                    } catch (Throwable e) {
                        done.completeExceptionally(e);
                    }
                });
        try {
            done.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }
}
