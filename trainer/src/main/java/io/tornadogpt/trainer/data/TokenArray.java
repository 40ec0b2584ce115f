package io.tornadogpt.trainer.data;

import java.util.Objects;

/// Token ids in memory.
final class TokenArray implements Tokens {
    private final int[] ids;

    TokenArray(int[] ids) {
        this.ids = ids;
    }

    @Override
    public long count() {
        return ids.length;
    }

    @Override
    public void read(long from, int n, int[] to, int at) {
        Objects.checkFromIndexSize(from, n, count());
        System.arraycopy(ids, (int) from, to, at, n);
    }
}
