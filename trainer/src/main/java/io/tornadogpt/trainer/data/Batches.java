package io.tornadogpt.trainer.data;

import java.util.List;

/// What each micro-batch of each step is trained on: B rows of T tokens, and the tokens that follow
/// each of them.
///
/// A batch is a function of its step and micro-batch, and of nothing that was asked before: a run
/// that is resumed gets the batches that it would have got.
public sealed interface Batches extends BatchSource permits RandomBatches, SequentialBatches {
    /// Rows, B.
    int batchSize();

    /// Tokens of a row, T.
    int blockSize();

    /// Writes a batch.
    ///
    /// @param step counts from 0
    /// @param microBatch counts from 0 within the step
    /// @param inputs B x T ids, written
    /// @param targets B x T ids, each the one behind the input at its place, written
    void fill(int step, int microBatch, int[] inputs, int[] targets);

    @Override
    default double fill(int step, int microBatch, Batch batch) {
        fill(step, microBatch, batch.tokens(), batch.integers("targets"));
        return (double) batchSize() * blockSize();
    }

    /// Every token has a target.
    @Override
    default double targets(int step, int first, int count, List<Batch> rooms) {
        return (double) batchSize() * blockSize() * count;
    }

    /// Rows that begin at random places, each as likely as any other, as in nanoGPT.
    ///
    /// @throws IllegalArgumentException where the tokens do not hold one row and its last target
    static Batches random(Tokens tokens, int batchSize, int blockSize, long seed) {
        return new RandomBatches(tokens, batchSize, blockSize, seed);
    }

    /// The tokens in their order: batch k is the B x T tokens from k x B x T on, where k counts
    /// micro-batches from the start of training; it begins again at the first token where the next
    /// batch and its last target would not fit.
    ///
    /// @param microBatches how many there are in a step
    /// @throws IllegalArgumentException where the tokens do not hold one batch and its last target
    static Batches sequential(Tokens tokens, int batchSize, int blockSize, int microBatches) {
        return new SequentialBatches(tokens, batchSize, blockSize, microBatches);
    }
}
