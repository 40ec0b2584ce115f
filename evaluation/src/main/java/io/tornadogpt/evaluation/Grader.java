package io.tornadogpt.evaluation;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whether an answer is right: what a regular expression finds in it is compared with the right
/// answer, after the same characters were taken out of both.
///
/// Immutable.
///
/// @param metric what it is called in results
/// @param extract what is taken from an answer: the first group that took part, or the whole match
///   where there is none; null for all of it
/// @param last whether the last match counts, not the first
/// @param ignored taken out of both, one after the other, as in the harness's `exact_match`
/// @param ignoreCase whether capitals count as small letters
public record Grader(
        String metric,
        @Nullable Pattern extract,
        boolean last,
        List<Pattern> ignored,
        boolean ignoreCase) {
    /// What stands for an answer in which nothing was found.
    private static final String NOTHING = "[invalid]";

    public Grader {
        ignored = List.copyOf(ignored);
    }

    /// A grader that compares whole answers, blanks at both ends apart.
    public static Grader exact() {
        return new Grader(
                "exact_match", Pattern.compile("(?s)\\s*(.*\\S)\\s*"), false, List.of(), false);
    }

    /// What an answer says.
    public String extracted(String answer) {
        if (extract == null) {
            return answer;
        }
        String found = null;
        Matcher matcher = extract.matcher(answer);
        while ((found == null || last) && matcher.find()) {
            found = first(matcher);
        }
        return found == null ? NOTHING : found.strip();
    }

    private static String first(Matcher matcher) {
        for (int group = 1; group <= matcher.groupCount(); group++) {
            String text = matcher.group(group);
            if (text != null && !text.isEmpty()) {
                return text;
            }
        }
        return matcher.groupCount() > 0 ? NOTHING : matcher.group();
    }

    /// Whether an answer is right.
    public boolean isRight(String answer, String gold) {
        return plain(extracted(answer)).equals(plain(gold));
    }

    private String plain(String text) {
        String plain = text;
        for (Pattern pattern : ignored) {
            plain = pattern.matcher(plain).replaceAll("");
        }
        return ignoreCase ? plain.toLowerCase(Locale.ROOT) : plain;
    }
}
