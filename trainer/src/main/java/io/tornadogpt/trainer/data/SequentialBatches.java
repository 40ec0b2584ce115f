package io.tornadogpt.trainer.data;

/// The tokens in their order, again and again.
final class SequentialBatches implements Batches {
    private final Tokens tokens;
    private final BatchShape shape;
    private final int microBatches;
    private final long batchesInPass;

    SequentialBatches(Tokens tokens, int batchSize, int blockSize, int microBatches) {
        if (microBatches < 1) {
            throw new IllegalArgumentException(
                    "a step of %d micro-batches has no tokens; 1 or more are needed"
                            .formatted(microBatches));
        }
        this.tokens = tokens;
        this.shape = new BatchShape(batchSize, blockSize);
        this.microBatches = microBatches;
        shape.requireTokens(
                tokens,
                shape.tokens() + 1L,
                "give more text, or lower train.batchSize or train.blockSize");
        this.batchesInPass = (tokens.count() - 1) / shape.tokens();
    }

    @Override
    public int batchSize() {
        return shape.batchSize();
    }

    @Override
    public int blockSize() {
        return shape.blockSize();
    }

    @Override
    public void fill(int step, int microBatch, int[] inputs, int[] targets) {
        shape.requireRoom(inputs, targets);
        long batch = ((long) step * microBatches + microBatch) % batchesInPass;
        long from = batch * shape.tokens();
        tokens.read(from, shape.tokens(), inputs, 0);
        tokens.read(from + 1, shape.tokens(), targets, 0);
    }
}
