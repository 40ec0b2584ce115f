package io.tornadogpt.tokenizer.text;

import io.tornadogpt.tokenizer.UnencodableTextException;

import java.nio.charset.StandardCharsets;

/// Reads UTF-8 by Unicode's definition (table 3-7): no overlong forms, no surrogates.
public final class Utf8 {

    /// What [#decode] returns where no well-formed character begins.
    public static final int MALFORMED = -1;

    private Utf8() {}

    /// The character at `bytes[at]` as `codePoint << 3 | length`, or [#MALFORMED].
    public static int decode(byte[] bytes, int at, int end) {
        int first = bytes[at];
        if (first >= 0) {
            return (first << 3) | 1;
        }
        int length = first < -32 ? 2 : first < -16 ? 3 : 4;
        if (at + length > end || !isContinuation(bytes[at + 1])) {
            return MALFORMED;
        }
        return switch (length) {
            case 2 -> two(first, bytes[at + 1]);
            case 3 -> three(first, bytes[at + 1], bytes[at + 2]);
            default -> four(first, bytes[at + 1], bytes[at + 2], bytes[at + 3]);
        };
    }

    public static int codePoint(int decoded) {
        return decoded >> 3;
    }

    public static int length(int decoded) {
        return decoded & 7;
    }

    public static boolean isContinuation(byte b) {
        return b < -64;
    }

    /// The largest position at or before `end` that does not cut a character in two, looking back
    /// no further than a character is long.
    public static int lastBoundary(byte[] bytes, int end) {
        for (int back = 1; back <= 3 && back <= end; back++) {
            int lead = bytes[end - back] & 0xFF;
            if (lead < 0x80) {
                return end;
            }
            if (lead >= 0xC0) {
                int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
                return length > back ? end - back : end;
            }
        }
        return end;
    }

    /// The UTF-8 bytes of a code point that is not a surrogate.
    public static byte[] encode(int codePoint) {
        return Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
    }

    /// Refuses a chunk that is not UTF-8 throughout.
    public static void requireWellFormed(TextChunk chunk) {
        byte[] bytes = chunk.bytes();
        for (int at = 0; at < chunk.length(); ) {
            if (bytes[at] >= 0) {
                at++;
                continue;
            }
            int decoded = decode(bytes, at, chunk.length());
            if (decoded == MALFORMED) {
                throw malformed(chunk, at);
            }
            at += length(decoded);
        }
    }

    public static UnencodableTextException malformed(TextChunk chunk, int at) {
        long position = chunk.position(at);
        return new UnencodableTextException(
                String.format(
                        "byte 0x%02X at byte %d does not begin a UTF-8 character; convert the text"
                                + " to UTF-8",
                        chunk.bytes()[at] & 0xFF, position),
                position);
    }

    private static int two(int a, int b) {
        int codePoint = ((a & 0x1F) << 6) | (b & 0x3F);
        return a >= -64 && codePoint >= 0x80 ? (codePoint << 3) | 2 : MALFORMED;
    }

    private static int three(int a, int b, byte c) {
        int codePoint = ((a & 0x0F) << 12) | ((b & 0x3F) << 6) | (c & 0x3F);
        boolean valid =
                isContinuation(c)
                        && codePoint >= 0x800
                        && (codePoint < Character.MIN_SURROGATE
                                || codePoint > Character.MAX_SURROGATE);
        return valid ? (codePoint << 3) | 3 : MALFORMED;
    }

    private static int four(int a, int b, byte c, byte d) {
        int codePoint = ((a & 0x07) << 18) | ((b & 0x3F) << 12) | ((c & 0x3F) << 6) | (d & 0x3F);
        boolean valid =
                a < -8
                        && isContinuation(c)
                        && isContinuation(d)
                        && codePoint >= Character.MIN_SUPPLEMENTARY_CODE_POINT
                        && codePoint <= Character.MAX_CODE_POINT;
        return valid ? (codePoint << 3) | 4 : MALFORMED;
    }
}
