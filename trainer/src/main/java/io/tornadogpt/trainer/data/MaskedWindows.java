package io.tornadogpt.trainer.data;

/// Windows of a text of which some tokens are hidden and are to be found out, the same ones at
/// every evaluation.
///
/// @param windows what is hidden in
/// @param masks what is hidden
public record MaskedWindows(EvaluationWindows windows, TokenMasks masks)
        implements EvaluationBatches {
    @Override
    public long batches() {
        return windows.batches();
    }

    @Override
    public void fill(long batch, Batch room) {
        windows.fill(batch, room);
        masks.hideForEvaluation(
                batch, windows.batchSize(), room.tokens(), room.integers("targets"));
    }
}
