package io.tornadogpt.curation.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/// Does a job on this machine. Of a piece, one thread reads and writes, and the others judge.
///
/// @param threads that judge
public record LocalEngine(int threads) implements Engine {
    /// @throws IllegalArgumentException where there is no thread
    public LocalEngine {
        if (threads < 1) {
            throw new IllegalArgumentException(
                    "threads is %d; set it to 1 or more".formatted(threads));
        }
    }

    @Override
    public double[] runPieces(Job job, CurationListener listener, BooleanSupplier stop)
            throws IOException {
        var progress = new RunProgress(listener, job.begun().bytes(), job.names());
        List<Integer> open = job.openPieces();
        for (int piece = 0; piece < job.pieces(); piece++) {
            if (!open.contains(piece)) {
                progress.done(job.counts(piece), job.bytes(piece));
            }
        }
        PieceRun.Work work = job.work();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            for (int piece : open) {
                job.runPiece(piece, work, pool, 2 * threads, progress, stop);
            }
        } finally {
            pool.shutdownNow();
            work.judge().close();
        }
        progress.tell(true);
        return progress.seconds();
    }

    @Override
    public void writeShards(Job job, BooleanSupplier stop) throws IOException {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            var written = new ArrayList<Future<Void>>();
            for (int piece : job.openShards()) {
                written.add(
                        pool.submit(
                                () -> {
                                    if (!stop.getAsBoolean()) {
                                        job.writeShard(piece);
                                    }
                                    return null;
                                }));
            }
            for (Future<Void> one : written) {
                await(one);
            }
        } finally {
            pool.shutdownNow();
        }
        if (stop.getAsBoolean()) {
            throw new StoppedException();
        }
    }

    private static void await(Future<Void> one) throws IOException {
        try {
            one.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException disk) {
                throw disk;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException();
        }
    }
}
