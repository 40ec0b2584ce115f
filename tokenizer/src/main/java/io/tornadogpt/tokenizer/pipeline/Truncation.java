package io.tornadogpt.tokenizer.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// Shortens texts to what a model can take, added tokens included.
///
/// @param left whether the front goes rather than the end
/// @param stride kept for the file; it concerns the parts cut off, which are not kept here
public record Truncation(boolean left, int maxLength, Strategy strategy, int stride) {

    /// Which text of a pair is shortened.
    public enum Strategy {
        LONGEST_FIRST("LongestFirst"),
        ONLY_FIRST("OnlyFirst"),
        ONLY_SECOND("OnlySecond");

        private final String spelled;

        Strategy(String spelled) {
            this.spelled = spelled;
        }
    }

    /// Two texts, the second null where there is one only.
    public record Texts(Encoding first, @Nullable Encoding pair) {}

    /// Reads a section; null where there is none.
    public static @Nullable Truncation read(JsonSection section) throws TokenizerFormatException {
        if (section.isNull()) {
            return null;
        }
        String strategy = section.text("strategy");
        for (Strategy each : Strategy.values()) {
            if (each.spelled.equals(strategy)) {
                return new Truncation(
                        isLeft(section, "direction"),
                        section.integer("max_length", 0, Integer.MAX_VALUE),
                        each,
                        section.integer("stride", 0, Integer.MAX_VALUE, 0));
            }
        }
        throw section.child("strategy")
                .unsupported(
                        "one of " + Arrays.stream(Strategy.values()).map(s -> s.spelled).toList());
    }

    static boolean isLeft(JsonSection section, String name) throws TokenizerFormatException {
        String direction = section.has(name) ? section.text(name) : "Right";
        if (!direction.equals("Left") && !direction.equals("Right")) {
            throw section.child(name).unsupported("\"Left\" or \"Right\"");
        }
        return direction.equals("Left");
    }

    /// @param added tokens that the post-processor adds; where these alone are too many nothing is
    ///   shortened, and where they are just enough nothing is left of the texts, as in Hugging
    ///   Face's library
    public Texts apply(Encoding first, @Nullable Encoding pair, int added) {
        int room = maxLength - added;
        int total = first.size() + (pair == null ? 0 : pair.size());
        if (total <= room || room < 0) {
            return new Texts(first, pair);
        }
        if (room == 0) {
            return new Texts(Encoding.EMPTY, pair == null ? null : Encoding.EMPTY);
        }
        return switch (strategy) {
            case LONGEST_FIRST -> longestFirst(first, pair, room);
            case ONLY_FIRST -> new Texts(cut(first, room - (total - first.size())), pair);
            case ONLY_SECOND -> {
                if (pair == null) {
                    throw new IllegalArgumentException(
                            "truncation shortens the second text only, and there is none; give a"
                                    + " pair or another strategy");
                }
                yield new Texts(first, cut(pair, room - first.size()));
            }
        };
    }

    private Texts longestFirst(Encoding first, @Nullable Encoding pair, int room) {
        if (pair == null) {
            return new Texts(cut(first, room), null);
        }
        int shorter = Math.min(first.size(), pair.size());
        int longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
        if (shorter + longer > room) {
            shorter = room / 2;
            longer = shorter + room % 2;
        }
        boolean swap = first.size() > pair.size();
        return new Texts(cut(first, swap ? longer : shorter), cut(pair, swap ? shorter : longer));
    }

    private Encoding cut(Encoding text, int length) {
        if (length <= 0 && strategy != Strategy.LONGEST_FIRST) {
            throw new IllegalArgumentException(
                    "truncation to "
                            + maxLength
                            + " tokens would leave nothing of a text of "
                            + text.size()
                            + "; raise max_length or shorten the other text");
        }
        int kept = Math.min(Math.max(length, 0), text.size());
        return left ? text.slice(text.size() - kept, text.size()) : text.slice(0, kept);
    }

    public void write(ObjectNode section) {
        section.put("direction", left ? "Left" : "Right");
        section.put("max_length", maxLength);
        section.put("strategy", strategy.spelled);
        section.put("stride", stride);
    }
}
