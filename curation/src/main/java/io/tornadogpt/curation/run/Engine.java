package io.tornadogpt.curation.run;

import io.tornadogpt.curation.Recipe;

import java.io.IOException;
import java.util.function.BooleanSupplier;

/// Who does a job's pieces and shards.
public interface Engine {
    /// Looks whether it can do a recipe, before any work.
    ///
    /// @throws io.tornadogpt.curation.RecipeException where it cannot
    default void check(Recipe recipe) {}

    /// Does all open pieces.
    ///
    /// @param listener hears how far it is
    /// @param stop whether to end early, with [StoppedException]
    /// @return seconds that were spent in each step for single documents, and last in signatures;
    ///   empty where they are not known
    double[] runPieces(Job job, CurationListener listener, BooleanSupplier stop) throws IOException;

    /// Decides what becomes of the documents.
    default void decide(Job job, BooleanSupplier stop) throws IOException {
        job.decide(stop);
    }

    /// Writes all open shards.
    void writeShards(Job job, BooleanSupplier stop) throws IOException;

    /// Ends what it began for a run.
    default void close() {}
}
