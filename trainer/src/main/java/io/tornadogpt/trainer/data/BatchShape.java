package io.tornadogpt.trainer.data;

/// B rows of T tokens, and what they ask of the tokens that they are cut from.
record BatchShape(int batchSize, int blockSize) {
    BatchShape {
        if (batchSize < 1 || blockSize < 1) {
            throw new IllegalArgumentException(
                    "a batch of %d x %d has no tokens; both must be 1 or more"
                            .formatted(batchSize, blockSize));
        }
        if ((long) batchSize * blockSize > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "a batch of %d x %d tokens does not fit an array; lower train.batchSize"
                            .formatted(batchSize, blockSize));
        }
    }

    int tokens() {
        return batchSize * blockSize;
    }

    void requireTokens(Tokens tokens, long needed, String remedy) {
        if (tokens.count() < needed) {
            throw new IllegalArgumentException(
                    "the data has %d tokens, but %d rows of %d need %d; %s"
                            .formatted(tokens.count(), batchSize, blockSize, needed, remedy));
        }
    }

    void requireRoom(int[] inputs, int[] targets) {
        if (inputs.length != tokens() || targets.length != tokens()) {
            throw new IllegalArgumentException(
                    "a batch of %d x %d needs arrays of %d, not %d inputs and %d targets"
                            .formatted(
                                    batchSize, blockSize, tokens(), inputs.length, targets.length));
        }
    }
}
