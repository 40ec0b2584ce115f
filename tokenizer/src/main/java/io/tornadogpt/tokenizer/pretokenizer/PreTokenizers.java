package io.tornadogpt.tokenizer.pretokenizer;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.json.StageReaders;
import io.tornadogpt.tokenizer.regex.TextPattern;
import io.tornadogpt.tokenizer.text.Characters;
import io.tornadogpt.tokenizer.text.HuggingFaceUnicode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The pre-tokenizers that are a few lines each, and the table of all types.
public final class PreTokenizers {

    public static final StageReaders<PreTokenizer> READERS =
            new StageReaders<>(
                    Map.ofEntries(
                            entry("ByteLevel", ByteLevel::read),
                            entry("Metaspace", Metaspace::read),
                            entry("Split", Split::read),
                            entry("BertPreTokenizer", s -> new BertPreTokenizer()),
                            entry("Digits", s -> new Digits(s.flag("individual_digits", false))),
                            entry("Punctuation", Punctuation::read),
                            entry("Whitespace", s -> new Whitespace()),
                            entry("WhitespaceSplit", s -> new WhitespaceSplit()),
                            entry("CharDelimiterSplit", CharDelimiterSplit::read),
                            entry("FixedLength", FixedLength::read),
                            entry("Sequence", Sequence::read)));

    private PreTokenizers() {}

    /// Reads a section; null where there is none.
    public static @Nullable PreTokenizer read(JsonSection section) throws TokenizerFormatException {
        return section.isNull() ? null : READERS.read(section);
    }

    /// Cuts at what a pattern matches.
    public record Split(TextPattern pattern, SplitBehavior behavior, boolean invert)
            implements PreTokenizer {
        static Split read(JsonSection section) throws TokenizerFormatException {
            return new Split(
                    TextPattern.read(section.child("pattern")),
                    SplitBehavior.read(section.child("behavior")),
                    section.flag("invert", false));
        }

        @Override
        public String type() {
            return "Split";
        }

        @Override
        public void cut(String text, boolean first, Pieces out) {
            behavior.cut(text, pattern.matches(text), invert, first, out);
        }

        @Override
        public void write(ObjectNode section) {
            section.set("pattern", pattern.toJson());
            section.put("behavior", behavior.spelled());
            section.put("invert", invert);
        }
    }

    /// BERT's: words between white space, each punctuation mark by itself.
    public record BertPreTokenizer() implements PreTokenizer {
        @Override
        public String type() {
            return "BertPreTokenizer";
        }

        @Override
        public void cut(String text, boolean first, Pieces out) {
            int from = 0;
            for (int at = 0, next; at < text.length(); at = next) {
                int c = text.codePointAt(at);
                next = at + Character.charCount(c);
                boolean space = Characters.isWhiteSpace(c);
                if (space || HuggingFaceUnicode.isPunctuation(c)) {
                    if (from < at) {
                        out.accept(text, from, at, first && from == 0);
                    }
                    if (!space) {
                        out.accept(text, at, next, first && at == 0);
                    }
                    from = next;
                }
            }
            if (from < text.length()) {
                out.accept(text, from, text.length(), first && from == 0);
            }
        }
    }

    /// Numbers apart from the rest, as a whole or digit by digit.
    public record Digits(boolean individual) implements PreTokenizer {
        @Override
        public String type() {
            return "Digits";
        }

        @Override
        public void cut(String text, boolean first, Pieces out) {
            SplitBehavior behavior = individual ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS;
            behavior.cut(text, HuggingFaceUnicode::isNumeric, first, out);
        }

        @Override
        public void write(ObjectNode section) {
            section.put("individual_digits", individual);
        }
    }

    /// Cuts at punctuation.
    public record Punctuation(SplitBehavior behavior) implements PreTokenizer {
        static Punctuation read(JsonSection section) throws TokenizerFormatException {
            return new Punctuation(
                    section.has("behavior")
                            ? SplitBehavior.read(section.child("behavior"))
                            : SplitBehavior.ISOLATED);
        }

        @Override
        public String type() {
            return "Punctuation";
        }

        @Override
        public void cut(String text, boolean first, Pieces out) {
            behavior.cut(text, HuggingFaceUnicode::isPunctuation, first, out);
        }

        @Override
        public void write(ObjectNode section) {
            section.put("behavior", behavior.spelled());
        }
    }

    /// Words, and runs of what is neither word nor white space: `\w+|[^\w\s]+`.
    public record Whitespace() implements PreTokenizer {
        @Override
        public String type() {
            return "Whitespace";
        }

        @Override
        public void cut(String text, boolean first, Pieces out) {
            int from = 0;
            int before = 0;
            for (int at = 0, next; at < text.length(); at = next) {
                int c = text.codePointAt(at);
                next = at + Character.charCount(c);
                int kind = Characters.isWord(c) ? 1 : Characters.isWhiteSpace(c) ? 0 : 2;
                if (kind != before) {
                    if (before != 0) {
                        out.accept(text.substring(from, at), first && from == 0);
                    }
                    from = at;
                    before = kind;
                }
            }
            if (before != 0) {
                out.accept(text.substring(from), first && from == 0);
            }
        }
    }

    /// What lies between white space.
    public record WhitespaceSplit() implements PreTokenizer {
        @Override
        public String type() {
            return "WhitespaceSplit";
        }

        @Override
        public void cut(String text, boolean first, Pieces out) {
            SplitBehavior.REMOVED.cut(text, Characters::isWhiteSpace, first, out);
        }
    }

    /// What lies between occurrences of one character.
    public record CharDelimiterSplit(int delimiter) implements PreTokenizer {
        static CharDelimiterSplit read(JsonSection section) throws TokenizerFormatException {
            return new CharDelimiterSplit(section.character("delimiter"));
        }

        @Override
        public String type() {
            return "CharDelimiterSplit";
        }

        @Override
        public void cut(String text, boolean first, Pieces out) {
            SplitBehavior.REMOVED.cut(text, c -> c == delimiter, first, out);
        }

        @Override
        public void write(ObjectNode section) {
            section.put("delimiter", Character.toString(delimiter));
        }
    }

    /// Pieces of so many characters, the last perhaps shorter.
    public record FixedLength(int length) implements PreTokenizer {
        static FixedLength read(JsonSection section) throws TokenizerFormatException {
            return new FixedLength(section.integer("length", 1, Integer.MAX_VALUE, 5));
        }

        @Override
        public String type() {
            return "FixedLength";
        }

        @Override
        public void cut(String text, boolean first, Pieces out) {
            int from = 0;
            int count = 0;
            for (int at = 0; at < text.length(); ) {
                at += Character.charCount(text.codePointAt(at));
                if (++count == length || at == text.length()) {
                    out.accept(text.substring(from, at), first && from == 0);
                    from = at;
                    count = 0;
                }
            }
        }

        @Override
        public void write(ObjectNode section) {
            section.put("length", length);
        }
    }

    /// One pre-tokenizer on the pieces of the one before.
    public record Sequence(List<PreTokenizer> all) implements PreTokenizer {
        public Sequence {
            all = List.copyOf(all);
        }

        static Sequence read(JsonSection section) throws TokenizerFormatException {
            List<PreTokenizer> all = new ArrayList<>();
            for (JsonSection each : section.list("pretokenizers")) {
                all.add(READERS.read(each));
            }
            return new Sequence(all);
        }

        @Override
        public String type() {
            return "Sequence";
        }

        @Override
        public void cut(String text, boolean first, Pieces out) {
            cut(0, text, first, out);
        }

        private void cut(int index, String text, boolean first, Pieces out) {
            if (index == all.size()) {
                out.accept(text, first);
            } else if (index == all.size() - 2
                    && all.get(index) instanceof WhitespaceSplit
                    && all.get(index + 1) instanceof Metaspace metaspace
                    && metaspace.cutsWords()) {
                metaspace.cutWords(text, first, out);
            } else {
                all.get(index)
                        .cut(text, first, (piece, begins) -> cut(index + 1, piece, begins, out));
            }
        }

        @Override
        public void write(ObjectNode section) {
            ArrayNode array = section.putArray("pretokenizers");
            all.forEach(each -> array.add(each.toJson()));
        }
    }
}
