package io.tornadogpt.trainer.data;

import java.util.Objects;

/// A sequence of token ids, in a file or in memory. Safe for use by several threads.
public sealed interface Tokens permits TokenFile, TokenArray, TokenSlice {
    /// How many there are.
    long count();

    /// Copies the `n` ids from index `from` on to `to[at]` and behind.
    ///
    /// @throws IndexOutOfBoundsException where `from + n` is beyond the count
    void read(long from, int n, int[] to, int at);

    /// One id.
    default int at(long index) {
        var id = new int[1];
        read(index, 1, id, 0);
        return id[0];
    }

    /// The `count` ids from index `from` on, without copying them.
    default Tokens slice(long from, long count) {
        Objects.checkFromIndexSize(from, count, count());
        return new TokenSlice(this, from, count);
    }

    /// Ids in memory.
    static Tokens of(int... ids) {
        return new TokenArray(ids.clone());
    }
}
