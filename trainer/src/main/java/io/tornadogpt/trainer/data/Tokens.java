package io.tornadogpt.trainer.data;

import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
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

    /// A text's ids, in memory.
    ///
    /// @throws DataFileException where there are more of them than an array holds
    static Tokens of(TextSource text, Tokenizer tokenizer) throws IOException {
        return of(text, Documents.FILES, tokenizer);
    }

    /// A text's ids, in memory, with end-of-text tokens between documents.
    ///
    /// @throws DataFileException where there are more of them than an array holds
    static Tokens of(TextSource text, Documents documents, Tokenizer tokenizer) throws IOException {
        var ids =
                new Object() {
                    private int[] values = new int[1 << 16];
                    private int count;
                };
        try (InputStream in = documents.stream(text, 0, Long.MAX_VALUE)) {
            DocumentEncoder.encode(
                    in,
                    tokenizer,
                    (piece, n, bytes) -> {
                        if (ids.count > Integer.MAX_VALUE / 2 - n) {
                            throw new DataFileException(
                                    text.path(),
                                    "the text",
                                    "has over %d tokens, too many to hold in memory"
                                            .formatted(ids.count),
                                    "prepare it as a token file first, with data prepare");
                        }
                        if (ids.count + n > ids.values.length) {
                            ids.values = Arrays.copyOf(ids.values, 2 * (ids.count + n));
                        }
                        System.arraycopy(piece, 0, ids.values, ids.count, n);
                        ids.count += n;
                    });
        }
        return new TokenArray(Arrays.copyOf(ids.values, ids.count));
    }

    /// Ids in memory.
    static Tokens of(int... ids) {
        return new TokenArray(ids.clone());
    }
}
