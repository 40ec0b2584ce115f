package io.tornadogpt.tokenizer.normalizer;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.json.StageReaders;
import io.tornadogpt.tokenizer.regex.TextPattern;
import io.tornadogpt.tokenizer.text.ByteAlphabet;
import io.tornadogpt.tokenizer.text.Characters;
import io.tornadogpt.tokenizer.text.HuggingFaceUnicode;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The normalizers that are a line or two each, and the table of all types.
public final class Normalizers {

    public static final StageReaders<Normalizer> READERS =
            new StageReaders<>(
                    Map.ofEntries(
                            entry("NFC", s -> UnicodeForm.NFC),
                            entry("NFD", s -> UnicodeForm.NFD),
                            entry("NFKC", s -> UnicodeForm.NFKC),
                            entry("NFKD", s -> UnicodeForm.NFKD),
                            entry("Lowercase", s -> new Lowercase()),
                            entry("StripAccents", s -> new StripAccents()),
                            entry("Nmt", s -> new Nmt()),
                            entry("ByteLevel", s -> new ByteLevel()),
                            entry("BertNormalizer", BertNormalizer::read),
                            entry("Replace", Replace::read),
                            entry("Prepend", s -> new Prepend(s.text("prepend"))),
                            entry("Strip", Strip::read),
                            entry("Precompiled", Precompiled::read),
                            entry("Sequence", Sequence::read)));

    private Normalizers() {}

    /// Reads a section; null where there is none.
    public static @Nullable Normalizer read(JsonSection section) throws TokenizerFormatException {
        return section.isNull() ? null : READERS.read(section);
    }

    /// Lower case, character by character: no rule about a word's last sigma.
    public record Lowercase() implements Normalizer {
        @Override
        public String type() {
            return "Lowercase";
        }

        @Override
        public String normalize(String text) {
            StringBuilder changed = null;
            for (int at = 0, c; at < text.length(); at += Character.charCount(c)) {
                c = text.codePointAt(at);
                boolean same = c < 'A' || (c > 'Z' && c < 0x80) || isLower(c);
                if (!same && changed == null) {
                    changed = new StringBuilder(text.length() + 16).append(text, 0, at);
                }
                if (changed != null) {
                    append(changed, c, same);
                }
            }
            return changed == null ? text : changed.toString();
        }

        private static boolean isLower(int c) {
            return c >= 0x80
                    && c != 0x130
                    && Character.toLowerCase(c) == c
                    && HuggingFaceUnicode.newLowerCase(c) == c;
        }

        private static void append(StringBuilder to, int c, boolean same) {
            if (same) {
                to.appendCodePoint(c);
            } else if (c < 0x80) {
                to.append((char) (c + 'a' - 'A'));
            } else {
                int lower = HuggingFaceUnicode.newLowerCase(c);
                to.append(Character.toString(lower).toLowerCase(Locale.ROOT));
            }
        }
    }

    /// Drops all marks; decomposing comes before, in a sequence.
    public record StripAccents() implements Normalizer {
        @Override
        public String type() {
            return "StripAccents";
        }

        @Override
        public String normalize(String text) {
            return CharacterFilter.keep(text, c -> !HuggingFaceUnicode.isMark(c));
        }
    }

    /// Google's rules for translation: most controls go, odd spaces become spaces.
    public record Nmt() implements Normalizer {
        @Override
        public String type() {
            return "Nmt";
        }

        @Override
        public String normalize(String text) {
            return CharacterFilter.map(text, Nmt::map);
        }

        private static int map(int c) {
            if ((c >= 1 && c <= 8)
                    || c == 0x0B
                    || (c >= 0x0E && c <= 0x1F)
                    || c == 0x7F
                    || c == 0x8F
                    || c == 0x9F) {
                return CharacterFilter.DROP;
            }
            boolean space =
                    (c >= 0x09 && c <= 0x0D)
                            || c == 0x1680
                            || (c >= 0x200B && c <= 0x200F)
                            || c == 0x2028
                            || c == 0x2029
                            || c == 0x2581
                            || c == 0xFEFF
                            || c == 0xFFFD;
            return space ? ' ' : c;
        }
    }

    /// GPT-2's spelling of bytes in place of the text.
    public record ByteLevel() implements Normalizer {
        @Override
        public String type() {
            return "ByteLevel";
        }

        @Override
        public String normalize(String text) {
            return ByteAlphabet.spell(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /// Puts a string in place of what a pattern matches.
    public record Replace(TextPattern pattern, String content) implements Normalizer {
        static Replace read(JsonSection section) throws TokenizerFormatException {
            return new Replace(TextPattern.read(section.child("pattern")), section.text("content"));
        }

        @Override
        public String type() {
            return "Replace";
        }

        @Override
        public String normalize(String text) {
            return pattern.replace(text, content);
        }

        @Override
        public void write(ObjectNode section) {
            section.set("pattern", pattern.toJson());
            section.put("content", content);
        }
    }

    /// Puts a string before any text but the empty one.
    public record Prepend(String prepend) implements Normalizer {
        @Override
        public String type() {
            return "Prepend";
        }

        @Override
        public String normalize(String text) {
            return text.isEmpty() ? text : prepend + text;
        }

        @Override
        public void write(ObjectNode section) {
            section.put("prepend", prepend);
        }
    }

    /// Drops white space at the ends.
    public record Strip(boolean left, boolean right) implements Normalizer {
        static Strip read(JsonSection section) throws TokenizerFormatException {
            return new Strip(section.flag("strip_left", true), section.flag("strip_right", true));
        }

        @Override
        public String type() {
            return "Strip";
        }

        @Override
        public String normalize(String text) {
            int from = 0;
            int to = text.length();
            while (left && from < to && Characters.isWhiteSpace(text.charAt(from))) {
                from++;
            }
            while (right && from < to && Characters.isWhiteSpace(text.charAt(to - 1))) {
                to--;
            }
            return text.substring(from, to);
        }

        @Override
        public void write(ObjectNode section) {
            section.put("strip_left", left);
            section.put("strip_right", right);
        }
    }

    /// One normalizer after the other.
    public record Sequence(List<Normalizer> normalizers) implements Normalizer {
        public Sequence {
            normalizers = List.copyOf(normalizers);
        }

        static Sequence read(JsonSection section) throws TokenizerFormatException {
            List<Normalizer> all = new ArrayList<>();
            for (JsonSection each : section.list("normalizers")) {
                all.add(READERS.read(each));
            }
            return new Sequence(all);
        }

        @Override
        public String type() {
            return "Sequence";
        }

        @Override
        public String normalize(String text) {
            String changed = text;
            for (Normalizer each : normalizers) {
                changed = each.normalize(changed);
            }
            return changed;
        }

        @Override
        public void write(ObjectNode section) {
            ArrayNode array = section.putArray("normalizers");
            normalizers.forEach(each -> array.add(each.toJson()));
        }
    }
}
