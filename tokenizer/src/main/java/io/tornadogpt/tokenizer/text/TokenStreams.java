package io.tornadogpt.tokenizer.text;

import io.tornadogpt.tokenizer.TokenSink;

import java.io.IOException;
import java.io.InputStream;

/// Encodes a stream on all cores.
public final class TokenStreams {

    private TokenStreams() {}

    /// Hands the tokens of each chunk to `sink` in order, and returns how many there were.
    public static long encode(InputStream in, Cutting cutting, TokenSink sink) throws IOException {
        long[] count = new long[1];
        new ParallelChunks<>(cutting.cut(), cutting.encoder())
                .run(
                        in,
                        (ids, bytes) -> {
                            sink.accept(ids.raw(), ids.size(), bytes);
                            count[0] += ids.size();
                        });
        return count[0];
    }
}
