package io.tornadogpt.trainer.data;

import io.tornadogpt.core.random.Threefry;

/// Rows that begin at random places.
final class RandomBatches implements Batches {
    /// Sets these random numbers apart from those of a program's dropouts, whose third counter is
    /// the number of an op.
    private static final int PLACE = -1;

    private final Tokens tokens;
    private final BatchShape shape;
    private final long seed;

    /// Places where a row may begin: its last target is the last token at most.
    private final long places;

    RandomBatches(Tokens tokens, int batchSize, int blockSize, long seed) {
        this.tokens = tokens;
        this.shape = new BatchShape(batchSize, blockSize);
        this.seed = seed;
        if (tokens.count() <= blockSize) {
            throw new IllegalArgumentException(
                    ("the data has %d tokens, but a block of %d needs %d;"
                                    + " give more text or lower train.blockSize")
                            .formatted(tokens.count(), blockSize, blockSize + 1L));
        }
        this.places = tokens.count() - blockSize;
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
        int t = blockSize();
        var random = Threefry.of(seed, step, microBatch);
        var words = new int[4];
        for (int row = 0; row < batchSize(); row++) {
            random.words(row, 0, PLACE, 0, words);
            long bits = Integer.toUnsignedLong(words[0]) << 32 | Integer.toUnsignedLong(words[1]);
            // The bias of this (Lemire's method without rejection) is places / 2^64.
            long place = Math.unsignedMultiplyHigh(bits, places);
            tokens.read(place, t, inputs, row * t);
            tokens.read(place + 1, t, targets, row * t);
        }
    }
}
