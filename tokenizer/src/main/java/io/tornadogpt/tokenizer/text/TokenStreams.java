package io.tornadogpt.tokenizer.text;

import io.tornadogpt.tokenizer.TokenSink;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Function;

/// Encodes a stream on all cores.
public final class TokenStreams {

    private TokenStreams() {}

    /// Hands the tokens of each chunk to `sink` in order, and returns how many there were.
    public static long encode(
            InputStream in,
            ParallelChunks.Cut cut,
            Function<TextChunk, IntArray> encoder,
            TokenSink sink)
            throws IOException {
        long[] count = new long[1];
        new ParallelChunks<>(cut, encoder)
                .run(
                        in,
                        (ids, bytes) -> {
                            sink.accept(ids.raw(), ids.size(), bytes);
                            count[0] += ids.size();
                        });
        return count[0];
    }
}
