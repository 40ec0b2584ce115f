package io.tornadogpt.trainer.data;

import io.tornadogpt.tokenizer.TokenSink;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/// Makes the tokens of a text: in one process, on all of its cores, or in several that each do a
/// share. Whoever does it, the tokens are the same.
@FunctionalInterface
public interface PartEncoder {
    /// One process.
    PartEncoder ALONE =
            (part, tokenizer, _, sink) -> {
                try (InputStream in = part.stream()) {
                    return DocumentEncoder.encode(in, tokenizer, sink);
                }
            };

    /// Encodes a part of a text.
    ///
    /// @param folder that the token file is written to; the tokenizer's files may be put there, so
    ///   that other processes find them
    /// @param sink takes the tokens in order
    /// @return the number of end-of-text tokens
    long encode(TextPart part, Tokenizer tokenizer, Path folder, TokenSink sink) throws IOException;
}
