package io.tornadogpt.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Decodes tokens one at a time without ever giving out half a UTF-8 character: the bytes of an
/// unfinished character wait here until the token that completes it.
///
/// All texts from [#push] and the one from [#finish], joined, equal [Tokenizer#decode] of the same
/// ids. One decoder serves one stream of tokens, in one thread.
public final class StreamDecoder {

    private static final int LONGEST_UNFINISHED = 3;

    private final Tokenizer tokenizer;
    private final CharsetDecoder utf8 =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private ByteBuffer waiting = ByteBuffer.allocate(64);

    StreamDecoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// Appends a token and returns the text that is complete now, perhaps empty.
    public String push(int id) {
        byte[] bytes = tokenizer.tokenBytes(id);
        if (waiting.remaining() < bytes.length) {
            waiting = ByteBuffer.allocate(bytes.length + LONGEST_UNFINISHED).put(waiting.flip());
        }
        waiting.put(bytes);
        return decode(false);
    }

    /// Ends the stream: what is left of an unfinished character becomes U+FFFD. The decoder may
    /// then be used for a new stream.
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
