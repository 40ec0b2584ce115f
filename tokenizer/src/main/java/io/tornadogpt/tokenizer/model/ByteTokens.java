package io.tornadogpt.tokenizer.model;

import io.tornadogpt.tokenizer.text.IntArray;

import java.nio.charset.StandardCharsets;

/// The tokens `<0x00>` to `<0xFF>`, which stand for the bytes of characters that a vocabulary does
/// not have.
final class ByteTokens {

    private final int[] ids = new int[256];

    /// @param used whether the model falls back on bytes at all
    ByteTokens(Vocabulary vocabulary, boolean used) {
        for (int b = 0; b < 256; b++) {
            ids[b] = used ? vocabulary.id(name(b)) : Vocabulary.NONE;
        }
    }

    static String name(int b) {
        return String.format("<0x%02X>", b);
    }

    /// Adds the tokens of a text's bytes; nothing and false where one of them is missing.
    boolean add(String text, IntArray out) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) {
            if (ids[b & 0xFF] == Vocabulary.NONE) {
                return false;
            }
        }
        for (byte b : bytes) {
            out.add(ids[b & 0xFF]);
        }
        return true;
    }
}
