package io.tornadogpt.tokenizer.pretokenizer;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.text.IntArray;

import java.util.Arrays;
import java.util.function.IntPredicate;

/// What becomes of a match, and of the text between matches, when a text is cut.
public enum SplitBehavior {
    /// Matches are dropped.
    REMOVED("Removed"),
    /// A match is a piece, and so is what lies between two.
    ISOLATED("Isolated"),
    /// A match belongs to the text before it; of several in a row, the first.
    MERGED_WITH_PREVIOUS("MergedWithPrevious"),
    /// A match belongs to the text behind it; of several in a row, the last.
    MERGED_WITH_NEXT("MergedWithNext"),
    /// Matches in a row are one piece.
    CONTIGUOUS("Contiguous");

    private final String spelled;

    SplitBehavior(String spelled) {
        this.spelled = spelled;
    }

    static SplitBehavior read(JsonSection section) throws TokenizerFormatException {
        String name = section.asText();
        for (SplitBehavior each : values()) {
            if (each.spelled.equals(name)) {
                return each;
            }
        }
        throw section.unsupported(
                "one of " + Arrays.stream(values()).map(SplitBehavior::spelled).toList());
    }

    String spelled() {
        return spelled;
    }

    /// Cuts at each character of a kind.
    void cut(String text, IntPredicate matches, boolean first, PreTokenizer.Pieces out) {
        Segments segments = new Segments(text, first, out);
        for (int at = 0, next; at < text.length(); at = next) {
            int c = text.codePointAt(at);
            next = at + Character.charCount(c);
            if (matches.test(c)) {
                segments.match(at, next, true);
            }
        }
        segments.finish(true);
    }

    /// @param bounds where matches begin and end, in order
    /// @param invert whether what lies between matches counts as matched instead
    void cut(String text, IntArray bounds, boolean invert, boolean first, PreTokenizer.Pieces out) {
        Segments segments = new Segments(text, first, out);
        for (int i = 0; i < bounds.size(); i += 2) {
            segments.match(bounds.get(i), bounds.get(i + 1), !invert);
        }
        segments.finish(!invert);
    }

    /// Takes segments in order, keeping one back until the next shows where it belongs.
    private final class Segments {

        private final String text;
        private final boolean first;
        private final PreTokenizer.Pieces out;
        private int done;
        private int heldFrom;
        private int heldTo = -1;

        /// Whether the last segment, which may be a part of what is held, was a match.
        private boolean previousMatched;

        Segments(String text, boolean first, PreTokenizer.Pieces out) {
            this.text = text;
            this.first = first;
            this.out = out;
        }

        void match(int from, int to, boolean counts) {
            if (from > done) {
                segment(done, from, !counts);
            }
            segment(from, to, counts);
            done = to;
        }

        void finish(boolean counts) {
            if (done < text.length()) {
                segment(done, text.length(), !counts);
            }
            release();
        }

        private void segment(int from, int to, boolean match) {
            boolean joins =
                    heldTo >= 0
                            && switch (SplitBehavior.this) {
                                case REMOVED, ISOLATED -> false;
                                case CONTIGUOUS -> match == previousMatched;
                                case MERGED_WITH_PREVIOUS -> match && !previousMatched;
                                case MERGED_WITH_NEXT -> !match && previousMatched;
                            };
            previousMatched = match;
            if (joins) {
                heldTo = to;
                return;
            }
            release();
            if (SplitBehavior.this != REMOVED || !match) {
                heldFrom = from;
                heldTo = to;
            }
        }

        private void release() {
            if (heldTo > heldFrom) {
                out.accept(text.substring(heldFrom, heldTo), first && heldFrom == 0);
            }
            heldTo = -1;
        }
    }
}
