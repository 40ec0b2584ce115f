package io.tornadogpt.tokenizer.decoder;

import io.tornadogpt.tokenizer.text.Utf8;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Makes text of tokens such as `<0x0A>`. A run of them that is not UTF-8 throughout becomes U+FFFD
/// as often as it has bytes.
public record ByteFallback() implements Decoder {

    private static final int NONE = -1;

    @Override
    public String type() {
        return "ByteFallback";
    }

    @Override
    public Step before(Step next) {
        return new TokenStep(next) {
            private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

            @Override
            void token(String token) {
                int value = byteOf(token);
                if (value != NONE) {
                    bytes.write(value);
                    return;
                }
                flush();
                hand(token);
            }

            @Override
            public void end() {
                flush();
                super.end();
            }

            private void flush() {
                if (bytes.size() > 0) {
                    byte[] run = bytes.toByteArray();
                    bytes.reset();
                    hand(
                            isWellFormed(run)
                                    ? new String(run, StandardCharsets.UTF_8)
                                    : "\uFFFD".repeat(run.length));
                }
            }
        };
    }

    /// The value of a token that is a byte, or -1.
    public static int byteOf(String token) {
        if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
            return NONE;
        }
        int high = Character.digit(token.charAt(3), 16);
        int low = Character.digit(token.charAt(4), 16);
        return high < 0 || low < 0 || token.charAt(3) > 'f' || token.charAt(4) > 'f'
                ? NONE
                : 16 * high + low;
    }

    private static boolean isWellFormed(byte[] bytes) {
        for (int at = 0; at < bytes.length; ) {
            int decoded = Utf8.decode(bytes, at, bytes.length);
            if (decoded == Utf8.MALFORMED) {
                return false;
            }
            at += Utf8.length(decoded);
        }
        return true;
    }
}
