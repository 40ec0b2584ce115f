package io.tornadogpt.tokenizer.normalizer;

import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/// Changes a text character by character, without a copy where nothing changes.
final class CharacterFilter {

    /// What a mapping gives for a character that goes.
    static final int DROP = -1;

    private CharacterFilter() {}

    static String keep(String text, IntPredicate kept) {
        return map(text, c -> kept.test(c) ? c : DROP);
    }

    static String map(String text, IntUnaryOperator mapping) {
        StringBuilder changed = null;
        for (int at = 0, c; at < text.length(); at += Character.charCount(c)) {
            c = text.codePointAt(at);
            int mapped = mapping.applyAsInt(c);
            if (mapped != c && changed == null) {
                changed = new StringBuilder(text.length()).append(text, 0, at);
            }
            if (changed != null && mapped != DROP) {
                changed.appendCodePoint(mapped);
            }
        }
        return changed == null ? text : changed.toString();
    }
}
