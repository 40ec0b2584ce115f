package io.tornadogpt.trainer.data;

/// The rows of other batches, of which some tokens are hidden and are to be found out.
///
/// @param rows what is hidden in
/// @param masks what is hidden
public record MaskedBatches(Batches rows, TokenMasks masks) implements BatchSource {
    @Override
    public double fill(int step, int microBatch, Batch batch) {
        int[] tokens = batch.tokens();
        int[] targets = batch.integers("targets");
        rows.fill(step, microBatch, tokens, targets);
        return masks.hide(step, microBatch, rows.batchSize(), tokens, targets);
    }
}
