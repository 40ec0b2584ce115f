package io.tornadogpt.trainer.parallel;

/// Which part of the trained weights each process keeps the optimizer's state of.
///
/// The weights lie one behind the other and are cut into blocks, whose size follows from their
/// number alone; a process has blocks that lie side by side, as many as the others or one fewer.
/// What is summed over all weights is summed in each block, and then over the blocks in their
/// order, so it does not depend on the division.
///
/// @param elements of all trained weights
/// @param processes at least 1
record Division(long elements, int processes) {
    private static final int LEAST_BLOCK = 64;
    private static final int MOST_BLOCKS = 1 << 16;

    /// Elements of a block; the last one may have fewer.
    int block() {
        long wanted = Math.max(LEAST_BLOCK, Math.ceilDiv(elements, (long) MOST_BLOCKS));
        return Math.toIntExact(Long.highestOneBit(2 * wanted - 1));
    }

    /// How many blocks there are.
    int blocks() {
        return Math.toIntExact(Math.ceilDiv(elements, (long) block()));
    }

    /// The first block of a process.
    int firstBlock(int rank) {
        return (int) ((long) blocks() * rank / processes);
    }

    /// How many blocks a process has.
    int blocks(int rank) {
        return firstBlock(rank + 1) - firstBlock(rank);
    }

    /// The first element of a process.
    long from(int rank) {
        return Math.min(elements, (long) firstBlock(rank) * block());
    }

    /// Behind the last element of a process.
    long to(int rank) {
        return from(rank + 1);
    }

    /// The most elements that a process has.
    long most() {
        long most = 0;
        for (int rank = 0; rank < processes; rank++) {
            most = Math.max(most, to(rank) - from(rank));
        }
        return most;
    }
}
