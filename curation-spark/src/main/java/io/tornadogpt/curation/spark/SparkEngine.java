package io.tornadogpt.curation.spark;

import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.RecipeException;
import io.tornadogpt.curation.read.Problem;
import io.tornadogpt.curation.run.BadCorpusException;
import io.tornadogpt.curation.run.CurationListener;
import io.tornadogpt.curation.run.Engine;
import io.tornadogpt.curation.run.Job;
import io.tornadogpt.curation.run.StoppedException;
import io.tornadogpt.curation.step.Perplexity;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/// Does a job on Apache Spark. The work directory and the input have to lie where all machines see
/// them under the same path. Pieces and shards are tasks of Spark; what looks at all documents goes
/// through its shuffles, and no list of documents comes to the driver. The result has the same
/// bytes as on one machine, with any number of workers and after any of them was lost.
///
/// Spark's own settings are those of `spark-submit`, or system properties that begin with `spark.`.
///
/// Used by one thread at a time.
public final class SparkEngine implements Engine {
    private static final long TOLD_EVERY = 500;

    /// The library that reads and writes zstd uses Unsafe, of which Java warns.
    private static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    private final String master;
    private @Nullable JavaSparkContext context;

    /// @param master the cluster, such as `local[2]` or `spark://host:7077`; empty for that of
    ///   Spark's settings, and where these name none, all cores of this machine
    public SparkEngine(String master) {
        this.master = master;
    }

    @Override
    public void check(Recipe recipe) {
        if (recipe.step(Perplexity.class).isPresent()) {
            throw new RecipeException(
                    "the step 'perplexity' cannot be done on Spark, because what a model says"
                        + " differs in the last digits between processors; use the engine local, or"
                        + " leave it out");
        }
        List<String> own = recipe.ownSteps();
        if (!own.isEmpty()) {
            throw new RecipeException(
                    "the step '%s' cannot be done on Spark, because it stands in no recipe's file; use the engine local"
                            .formatted(own.getFirst()));
        }
    }

    private JavaSparkContext context(Job job) {
        if (context == null) {
            var conf = new SparkConf();
            if (!master.isEmpty()) {
                conf.setMaster(master);
            }
            conf.setIfMissing("spark.master", "local[*]");
            conf.setIfMissing("spark.app.name", "curation of " + job.workDirectory());
            conf.setIfMissing("spark.ui.enabled", "false");
            conf.setIfMissing("spark.ui.showConsoleProgress", "false");
            conf.setIfMissing("spark.executor.extraJavaOptions", UNSAFE);
            context = new JavaSparkContext(conf);
        }
        return context;
    }

    @Override
    public void close() {
        Jobs.forget();
        if (context != null) {
            context.close();
            context = null;
        }
    }

    @Override
    public double[] runPieces(Job job, CurationListener listener, BooleanSupplier stop)
            throws IOException {
        List<Integer> pieces = job.openPieces();
        if (pieces.isEmpty()) {
            return new double[0];
        }
        long start = System.nanoTime();
        String directory = job.workDirectory().toString();
        JavaFutureAction<List<PieceResult>> action =
                context(job)
                        .parallelize(pieces, pieces.size())
                        .map(piece -> PieceResult.of(directory, piece))
                        .collectAsync();
        await(action, stop, () -> listener.progress(job.progress(since(start))));
        var seconds = new double[0];
        for (PieceResult result : get(action)) {
            Problem problem = result.problem();
            if (problem != null) {
                throw new BadCorpusException(problem);
            }
            seconds = result.added(seconds);
        }
        listener.progress(job.progress(since(start)));
        return seconds;
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public void decide(Job job, BooleanSupplier stop) throws IOException {
        try {
            new Decision(context(job), job, stop).run();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw failure(e); // Spark's exceptions are not declared
        }
    }

    @Override
    public void writeShards(Job job, BooleanSupplier stop) throws IOException {
        List<Integer> shards = job.openShards();
        if (shards.isEmpty()) {
            return;
        }
        String directory = job.workDirectory().toString();
        JavaFutureAction<Void> action =
                context(job)
                        .parallelize(shards, shards.size())
                        .foreachAsync(shard -> Jobs.of(directory).writeShard(shard));
        await(action, stop, () -> {});
        get(action);
    }

    private interface Tell {
        void now() throws IOException;
    }

    private static void await(JavaFutureAction<?> action, BooleanSupplier stop, Tell tell)
            throws IOException {
        while (!action.isDone()) {
            if (stop.getAsBoolean()) {
                action.cancel(true);
                throw new StoppedException();
            }
            try {
                action.get(TOLD_EVERY, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                tell.now();
            } catch (InterruptedException | ExecutionException e) {
                throw failure(e);
            }
        }
    }

    private static <T> T get(JavaFutureAction<T> action) throws IOException {
        try {
            return action.get();
        } catch (InterruptedException | ExecutionException e) {
            throw failure(e);
        }
    }

    /// What went wrong, in a sentence. Spark tells of the failure of a task by its stack trace.
    private static IOException failure(Exception e) {
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            return new StoppedException();
        }
        Throwable cause = e;
        while (!(cause instanceof SparkException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = String.valueOf(cause.getMessage());
        String task = "Lost task";
        String from = message.substring(Math.max(0, message.indexOf(task)));
        return new IOException("Spark could not do it: " + from.lines().findFirst().orElse(""), e);
    }
}
