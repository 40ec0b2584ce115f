package io.tornadogpt.tokenizer.decoder;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Decodes bytes as they come without ever giving out half a character: the bytes of an unfinished
/// one wait here. What is not UTF-8 becomes U+FFFD.
public final class Utf8Stream {

    private static final int LONGEST_UNFINISHED = 3;

    private final CharsetDecoder utf8 =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private ByteBuffer waiting = ByteBuffer.allocate(64);

    /// The text that is complete now, perhaps empty.
    public String push(byte[] bytes) {
        if (waiting.remaining() < bytes.length) {
            waiting = ByteBuffer.allocate(bytes.length + LONGEST_UNFINISHED).put(waiting.flip());
        }
        waiting.put(bytes);
        return decode(false);
    }

    /// Ends the stream; what is left of an unfinished character becomes U+FFFD. A new one may
    /// begin.
    public String finish() {
        String rest = decode(true);
        utf8.reset();
        return rest;
    }

    private String decode(boolean last) {
        waiting.flip();
        // UTF-8 never yields more chars than bytes; one more for what the decoder itself held.
        CharBuffer text = CharBuffer.allocate(waiting.remaining() + 1);
        utf8.decode(waiting, text, last);
        if (last) {
            utf8.flush(text);
        }
        waiting.compact();
        return text.flip().toString();
    }
}
