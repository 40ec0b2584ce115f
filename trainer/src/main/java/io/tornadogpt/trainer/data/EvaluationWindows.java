package io.tornadogpt.trainer.data;

import java.util.Arrays;

/// A text cut into windows of T tokens without overlap, B of them to a batch: every token but the
/// first is predicted exactly once, from those before it in its window.
///
/// Window w has the inputs from w x T on and targets one further. The last window is filled up with
/// input 0 and target [#IGNORED], and so is a last batch that has fewer than B windows; over the
/// whole text the mean loss is therefore the sum of losses over [#predictions()], and does not
/// depend on B. This is nanoGPT's loss taken over all of a text, where nanoGPT itself takes random
/// windows of it.
///
/// Used by one thread at a time.
public final class EvaluationWindows implements EvaluationBatches {
    /// The target of a place that predicts nothing.
    public static final int IGNORED = -1;

    private final Tokens tokens;
    private final BatchShape shape;

    /// @throws IllegalArgumentException where there are fewer than two tokens
    public EvaluationWindows(Tokens tokens, int batchSize, int blockSize) {
        this.tokens = tokens;
        this.shape = new BatchShape(batchSize, blockSize);
        if (tokens.count() < 2) {
            throw new IllegalArgumentException(
                    "%d token(s) give nothing to predict; evaluation needs 2 or more"
                            .formatted(tokens.count()));
        }
    }

    /// Rows of a batch, B.
    public int batchSize() {
        return shape.batchSize();
    }

    /// Tokens of a window, T.
    public int blockSize() {
        return shape.blockSize();
    }

    /// Tokens that are predicted.
    public long predictions() {
        return tokens.count() - 1;
    }

    /// Batches that cover the whole text.
    @Override
    public long batches() {
        return Math.ceilDiv(predictions(), (long) shape.tokens());
    }

    @Override
    public void fill(long batch, Batch room) {
        fill(batch, room.tokens(), room.integers("targets"));
    }

    /// Writes a batch.
    ///
    /// @param batch counts from 0
    /// @param inputs B x T ids, written
    /// @param targets B x T ids, or [#IGNORED], written
    /// @return how many targets are to be predicted, at least 1
    public int fill(long batch, int[] inputs, int[] targets) {
        shape.requireRoom(inputs, targets);
        long from = batch * shape.tokens();
        if (batch < 0 || from >= predictions()) {
            throw new IndexOutOfBoundsException("batch %d of %d".formatted(batch, batches()));
        }
        int n = (int) Math.min(shape.tokens(), predictions() - from);
        tokens.read(from, n, inputs, 0);
        tokens.read(from + 1, n, targets, 0);
        Arrays.fill(inputs, n, inputs.length, 0);
        Arrays.fill(targets, n, targets.length, IGNORED);
        return n;
    }
}
