package io.tornadogpt.trainer.data;

import java.io.IOException;
import java.io.InputStream;

/// Some of the characters of a text, in documents, that become one token file.
///
/// @param from the first character's index in the whole text
/// @param count how many
public record TextPart(TextSource text, Documents documents, long from, long count) {
    /// The characters, with marks between documents.
    InputStream stream() throws IOException {
        return documents.stream(text, from, count);
    }
}
