package io.tornadogpt.tokenizer;

import java.io.IOException;

/// Takes the tokens of a stream, in order, a few thousand at a time.
@FunctionalInterface
public interface TokenSink {

    /// @param ids the next tokens at `ids[0 .. count)`; valid during this call only
    /// @param count how many there are
    /// @param bytesEncoded bytes of input that these and all earlier tokens stand for, for a
    ///   progress line
    void accept(int[] ids, int count, long bytesEncoded) throws IOException;
}
