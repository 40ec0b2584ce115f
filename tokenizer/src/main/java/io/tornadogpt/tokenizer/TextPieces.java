package io.tornadogpt.tokenizer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A text that is read piece by piece. The pieces can be encoded apart from each other, also on
/// other machines: their ids, one after the other, are those of the whole text. Where it is cut
/// depends on the text and its tokenizer alone.
///
/// Used by one thread at a time.
@FunctionalInterface
public interface TextPieces {
    /// Reads the next piece.
    ///
    /// @return null behind the last one
    @Nullable Piece next() throws IOException;

    /// A piece of a text.
    ///
    /// Immutable, so that threads may share it.
    interface Piece {
        /// Its bytes, to read.
        ByteBuffer text();

        /// Encodes it.
        ///
        /// @throws UnencodableTextException as [Tokenizer#encode(java.io.InputStream, TokenSink)]
        ///   does
        int[] ids();
    }
}
