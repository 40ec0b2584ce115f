package io.tornadogpt.tokenizer.decoder;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.text.ByteAlphabet;

import java.nio.charset.StandardCharsets;

/// The bytes that tokens spell as printable characters, read as UTF-8. A token with any other
/// character stands for itself. The three settings are kept for the file.
public record ByteLevel(boolean addPrefixSpace, boolean trimOffsets, boolean useRegex)
        implements Decoder {

    static ByteLevel read(JsonSection section) throws TokenizerFormatException {
        return new ByteLevel(
                section.flag("add_prefix_space", true),
                section.flag("trim_offsets", true),
                section.flag("use_regex", true));
    }

    /// The bytes of a token.
    public static byte[] bytes(String token) {
        byte[] spelled = ByteAlphabet.read(token);
        return spelled != null ? spelled : token.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String type() {
        return "ByteLevel";
    }

    @Override
    public Step before(Step next) {
        return new TokenStep(next) {
            private final Utf8Stream utf8 = new Utf8Stream();

            @Override
            void token(String token) {
                next.text(utf8.push(bytes(token)));
            }

            @Override
            public void end() {
                hand(utf8.finish());
                super.end();
            }
        };
    }

    @Override
    public void write(ObjectNode section) {
        section.put("add_prefix_space", addPrefixSpace);
        section.put("trim_offsets", trimOffsets);
        section.put("use_regex", useRegex);
    }
}
