package io.tornadogpt.tokenizer.normalizer;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.text.Characters;
import io.tornadogpt.tokenizer.text.HuggingFaceUnicode;

import org.jspecify.annotations.Nullable;

/// BERT's: controls go, white space becomes spaces, Chinese characters stand alone, accents and
/// upper case go (Devlin et al. 2018, `BasicTokenizer` in its code).
///
/// @param stripAccents null for the value of `lowercase`
public record BertNormalizer(
        boolean cleanText,
        boolean handleChineseChars,
        @Nullable Boolean stripAccents,
        boolean lowercase)
        implements Normalizer {

    private static final Normalizers.Lowercase LOWERCASE = new Normalizers.Lowercase();

    private static final char GONE = 0xFFFF;

    /// What becomes of ASCII characters without and with cleaning, then both in lower case.
    private static final String[] OF_ASCII = {
        ofAscii(false, false), ofAscii(true, false), ofAscii(false, true), ofAscii(true, true)
    };

    static BertNormalizer read(JsonSection section) throws TokenizerFormatException {
        return new BertNormalizer(
                section.flag("clean_text", true),
                section.flag("handle_chinese_chars", true),
                section.has("strip_accents") ? section.flag("strip_accents", true) : null,
                section.flag("lowercase", true));
    }

    @Override
    public String type() {
        return "BertNormalizer";
    }

    @Override
    public String normalize(String text) {
        String ofAscii = OF_ASCII[(cleanText ? 1 : 0) + (lowercase ? 2 : 0)];
        StringBuilder changed = new StringBuilder(text.length() + 16);
        for (int at = 0; at < text.length(); ) {
            int end = Characters.asciiEnd(text, at);
            int stop = end == text.length() ? end : Characters.lineOrSpaceBefore(text, at, end);
            for (; at < stop; at++) {
                char c = ofAscii.charAt(text.charAt(at));
                if (c != GONE) {
                    changed.append(c);
                }
            }
            if (at < text.length()) {
                int next = Characters.lineOrSpace(text, end);
                changed.append(normalizeAll(text.substring(at, next)));
                at = next;
            }
        }
        return changed.toString();
    }

    /// What becomes of each ASCII character by itself.
    private static String ofAscii(boolean cleanText, boolean lowercase) {
        BertNormalizer normalizer = new BertNormalizer(cleanText, true, true, lowercase);
        StringBuilder all = new StringBuilder(0x80);
        for (int c = 0; c < 0x80; c++) {
            String changed = normalizer.normalizeAll(Character.toString(c));
            all.append(changed.isEmpty() ? GONE : changed.charAt(0));
        }
        return all.toString();
    }

    private String normalizeAll(String text) {
        String changed = cleanText ? CharacterFilter.map(text, BertNormalizer::clean) : text;
        if (handleChineseChars) {
            changed = spaced(changed);
        }
        if (stripAccents != null ? stripAccents : lowercase) {
            changed = CharacterFilter.keep(UnicodeForm.NFD.normalize(changed), c -> !isAccent(c));
        }
        return lowercase ? LOWERCASE.normalize(changed) : changed;
    }

    @Override
    public void write(ObjectNode section) {
        section.put("clean_text", cleanText);
        section.put("handle_chinese_chars", handleChineseChars);
        section.put("strip_accents", stripAccents);
        section.put("lowercase", lowercase);
    }

    private static int clean(int c) {
        if (c == 0xFFFD) {
            return CharacterFilter.DROP;
        }
        boolean lineOrTab = c == '\t' || c == '\n' || c == '\r';
        if (!lineOrTab && HuggingFaceUnicode.isOther(c)) {
            return CharacterFilter.DROP;
        }
        return Characters.isWhiteSpace(c) ? ' ' : c;
    }

    private static boolean isAccent(int c) {
        return HuggingFaceUnicode.isNonSpacingMark(c);
    }

    private static String spaced(String text) {
        StringBuilder changed = null;
        for (int at = 0, c; at < text.length(); at += Character.charCount(c)) {
            c = text.codePointAt(at);
            boolean chinese = isChinese(c);
            if (chinese && changed == null) {
                changed = new StringBuilder(2 * text.length()).append(text, 0, at);
            }
            if (changed != null) {
                if (chinese) {
                    changed.append(' ').appendCodePoint(c).append(' ');
                } else {
                    changed.appendCodePoint(c);
                }
            }
        }
        return changed == null ? text : changed.toString();
    }

    /// The blocks of CJK ideographs that BERT names. The gap before U+2B920 is Hugging Face's.
    private static boolean isChinese(int c) {
        return c >= 0x3400
                && ((c >= 0x4E00 && c <= 0x9FFF)
                        || c <= 0x4DBF
                        || (c >= 0x20000 && c <= 0x2A6DF)
                        || (c >= 0x2A700 && c <= 0x2B73F)
                        || (c >= 0x2B740 && c <= 0x2B81F)
                        || (c >= 0x2B920 && c <= 0x2CEAF)
                        || (c >= 0xF900 && c <= 0xFAFF)
                        || (c >= 0x2F800 && c <= 0x2FA1F));
    }
}
