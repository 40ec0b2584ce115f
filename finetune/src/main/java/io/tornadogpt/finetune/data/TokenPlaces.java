package io.tornadogpt.finetune.data;

import io.tornadogpt.tokenizer.Tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Where the tokens of a text lie in it. Where tokens stand for the bytes of the text, one behind
/// the other, this is exact; otherwise the beginning of the text is encoded on its own, and as far
/// as that gives the same tokens they belong to it.
final class TokenPlaces {
    private final Tokenizer tokenizer;
    private final String text;
    private final int[] ids;
    private final int[] ends; // in bytes; empty where tokens are not bytes of the text

    TokenPlaces(Tokenizer tokenizer, String text, int... ids) {
        this.tokenizer = tokenizer;
        this.text = text;
        this.ids = ids;
        this.ends = ends();
    }

    private int[] ends() {
        if (!Arrays.equals(tokenizer.decodeBytes(ids), text.getBytes(StandardCharsets.UTF_8))) {
            return new int[0];
        }
        int[] all = new int[ids.length];
        int end = 0;
        for (int i = 0; i < ids.length; i++) {
            end += tokenizer.tokenBytes(ids[i]).length;
            all[i] = end;
        }
        return all;
    }

    /// The first token that holds something behind a place in the text.
    ///
    /// @param at in UTF-16 units
    int firstBehind(int at) {
        if (ends.length > 0) {
            int bytes = bytes(at);
            int token = 0;
            while (token < ends.length && ends[token] <= bytes) {
                token++;
            }
            return token;
        }
        int[] before = tokenizer.encodeWithSpecialTokens(text.substring(0, at));
        int mismatch = Arrays.mismatch(before, ids);
        return mismatch < 0 ? ids.length : mismatch;
    }

    /// Behind the last token that holds something before a place in the text.
    ///
    /// @param at in UTF-16 units
    int lastBefore(int at) {
        if (at == text.length()) {
            return ids.length;
        }
        if (ends.length > 0) {
            int bytes = bytes(at);
            int token = 0;
            while (token < ends.length && (token == 0 ? 0 : ends[token - 1]) < bytes) {
                token++;
            }
            return token;
        }
        int[] before = tokenizer.encodeWithSpecialTokens(text.substring(0, at));
        int mismatch = Arrays.mismatch(before, ids);
        boolean whole = mismatch < 0 || mismatch == before.length;
        return whole ? before.length : Math.min(ids.length, mismatch + 1);
    }

    private int bytes(int at) {
        return text.substring(0, at).getBytes(StandardCharsets.UTF_8).length;
    }
}
