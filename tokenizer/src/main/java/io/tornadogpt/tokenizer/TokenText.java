package io.tornadogpt.tokenizer;

import io.tornadogpt.tokenizer.decoder.ByteFallback;
import io.tornadogpt.tokenizer.decoder.Decoder;
import io.tornadogpt.tokenizer.pipeline.Pipeline;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// What a token adds to a text that goes on around it, where a decoder does not decode tokens one
/// by one.
final class TokenText {

    /// A token that decodes to itself, whatever the decoder.
    private static final String BEFORE = "a";

    private TokenText() {}

    static byte[] bytes(Pipeline pipeline, String name) {
        int value = ByteFallback.byteOf(name);
        String alone = Decoder.decode(pipeline.decoder(), List.of(BEFORE, name));
        boolean isByte = value >= 0 && !alone.contains(name);
        if (isByte) {
            return new byte[] {(byte) value};
        }
        String text = alone.startsWith(BEFORE) ? alone.substring(BEFORE.length()) : alone;
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
