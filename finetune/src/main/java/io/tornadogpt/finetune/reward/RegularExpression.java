package io.tornadogpt.finetune.reward;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// 1 where a pattern is found in the text, else 0. Where the pattern has a group, what the first
/// one holds must be the wanted answer, white space around both left out.
///
/// @param pattern of [java.util.regex.Pattern]
public record RegularExpression(Pattern pattern) implements Reward {
    /// Time for one answer: a pattern may take longer than anyone waits.
    private static final Duration MOST = Duration.ofSeconds(5);

    @Override
    public String name() {
        return "regular_expression";
    }

    @Override
    public double of(Answer answer) {
        Matcher matcher = pattern.matcher(new Timed(answer.text(), System.nanoTime()));
        if (!matcher.find()) {
            return 0;
        }
        if (matcher.groupCount() == 0) {
            return 1;
        }
        String found = matcher.group(1);
        return found != null && found.strip().equals(answer.requireWanted().strip()) ? 1 : 0;
    }

    /// A text that can be read for some time only.
    private record Timed(CharSequence text, long begin) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (System.nanoTime() - begin > MOST.toNanos()) {
                throw new IllegalArgumentException(
                        "the pattern takes longer than %d seconds for one answer; write it without repeats in repeats"
                                .formatted(MOST.toSeconds()));
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
