package io.tornadogpt.trainer.data;

import java.util.Objects;

/// A part of other tokens.
record TokenSlice(Tokens whole, long from, long count) implements Tokens {
    @Override
    public void read(long start, int n, int[] to, int at) {
        Objects.checkFromIndexSize(start, n, count);
        whole.read(from + start, n, to, at);
    }

    @Override
    public Tokens slice(long start, long length) {
        Objects.checkFromIndexSize(start, length, count);
        return new TokenSlice(whole, from + start, length);
    }
}
