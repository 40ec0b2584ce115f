package io.tornadogpt.tokenizer.text;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// GPT-2's spelling of bytes as printable characters, used in vocabulary files: the printable bytes
/// of Latin-1 stand for themselves, the other 68 for U+0100 onwards in order of their value. A
/// space, for one, is written `Ġ`. (Radford et al. 2019, `bytes_to_unicode` in its code.)
public final class ByteAlphabet {

    private static final int SHIFTED = 0x100;
    private static final char[] CHAR_OF_BYTE = new char[256];
    private static final short[] BYTE_OF_CHAR = new short[SHIFTED + 68];

    static {
        int shifted = SHIFTED;
        Arrays.fill(BYTE_OF_CHAR, (short) -1);
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b != 0xAD);
            CHAR_OF_BYTE[b] = (char) (printable ? b : shifted++);
            BYTE_OF_CHAR[CHAR_OF_BYTE[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    public static String spell(byte[] bytes) {
        char[] chars = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            chars[i] = CHAR_OF_BYTE[bytes[i] & 0xFF];
        }
        return new String(chars);
    }

    /// The bytes of a spelled token, or null where a character stands for no byte.
    public static byte @Nullable [] read(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            if (c >= BYTE_OF_CHAR.length || BYTE_OF_CHAR[c] < 0) {
                return null;
            }
            bytes[i] = (byte) BYTE_OF_CHAR[c];
        }
        return bytes;
    }

    /// All bytes in the order of their characters, which is the order of ids in GPT-2's vocabulary
    /// and in those that Hugging Face trains.
    public static byte[] inOrderOfChars() {
        byte[] bytes = new byte[256];
        int next = 0;
        for (short b : BYTE_OF_CHAR) {
            if (b >= 0) {
                bytes[next++] = (byte) b;
            }
        }
        return bytes;
    }
}
