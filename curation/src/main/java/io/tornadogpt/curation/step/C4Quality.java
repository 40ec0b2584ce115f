package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The rules of C4 (Raffel et al. 2020, section 2.2), with the numbers of the code that made it.
/// Some look at lines and take them away, some at the whole document.
///
/// @param terminalPunctuation whether lines go that do not end with a full stop, a question or
///   exclamation mark or a quotation mark, or that end with an ellipsis
/// @param minWordsPerLine lines with fewer go
/// @param maxWordLength lines with a longer word go
/// @param minSentences a document goes that has fewer in its remaining lines
/// @param noJavascript whether lines go that speak of JavaScript
/// @param noPolicy whether lines go that speak of a privacy policy, terms of use or cookies
/// @param noLoremIpsum whether documents go that hold the placeholder "lorem ipsum"
/// @param noCurlyBracket whether documents go that hold `{`, because it stands in code and hardly
///   in prose
/// @param noCitations whether marks such as `[1]` and `[edit]` are taken out
public record C4Quality(
        boolean terminalPunctuation,
        int minWordsPerLine,
        int maxWordLength,
        int minSentences,
        boolean noJavascript,
        boolean noPolicy,
        boolean noLoremIpsum,
        boolean noCurlyBracket,
        boolean noCitations)
        implements DocumentStep {
    /// The published rules.
    public static final C4Quality DEFAULT =
            new C4Quality(true, 3, 1000, 5, true, true, true, true, true);

    private static final String LINE_ENDS = ".?!\"'\u201D";
    private static final List<String> POLICY =
            List.of(
                    "terms of use",
                    "privacy policy",
                    "cookie policy",
                    "uses cookies",
                    "use of cookies",
                    "use cookies");
    private static final Pattern CITATION =
            Pattern.compile("\\[(?:\\d{0,4}|edit|citation needed)\\]");

    /// @throws IllegalArgumentException where a number is negative
    public C4Quality {
        Limits.atLeast("c4Quality.minWordsPerLine", minWordsPerLine, 0);
        Limits.atLeast("c4Quality.maxWordLength", maxWordLength, 1);
        Limits.atLeast("c4Quality.minSentences", minSentences, 0);
    }

    @Override
    public Verdict apply(Document document) {
        String text = document.text();
        if (noCurlyBracket && text.indexOf('{') >= 0) {
            return new Verdict.Removed("curlyBracket", "the text holds {");
        }
        var kept = new StringBuilder(text.length());
        var counts = new TreeMap<String, Integer>();
        int sentences = 0;
        boolean told = tells(text);
        for (String line : Lines.all(text)) {
            String stripped = line.strip();
            String lower = told ? stripped.toLowerCase(Locale.ROOT) : "";
            if (noLoremIpsum && lower.contains("lorem ipsum")) {
                return new Verdict.Removed("loremIpsum", "the text holds a placeholder");
            }
            String cleaned = noCitations ? withoutCitations(stripped, counts) : stripped;
            String fault = cleaned.isEmpty() ? "" : fault(cleaned, lower);
            if (!fault.isEmpty()) {
                counts.merge(fault, 1, Integer::sum);
                continue;
            }
            sentences += cleaned.isEmpty() ? 0 : Lines.sentences(cleaned);
            kept.append(kept.isEmpty() ? "" : "\n").append(cleaned);
        }
        if (sentences < minSentences) {
            return Removal.below("tooFewSentences", sentences, minSentences);
        }
        return result(document, kept.toString(), counts);
    }

    /// Whether the words for which lines and documents go may stand in a text. In most they do not,
    /// so that their lines need not be turned into small letters.
    private static boolean tells(String text) {
        for (int i = 0; i < text.length(); i++) {
            String word =
                    switch (text.charAt(i)) {
                        case 'l', 'L' -> "lorem";
                        case 'j', 'J' -> "javascript";
                        case 't', 'T' -> "terms";
                        case 'p', 'P' -> "privacy";
                        case 'c', 'C' -> "cookie";
                        default -> "";
                    };
            if (!word.isEmpty() && text.regionMatches(true, i, word, 0, word.length())) {
                return true;
            }
        }
        return false;
    }

    private static Verdict result(Document document, String kept, Map<String, Integer> counts) {
        if (kept.isBlank()) {
            return new Verdict.Removed("noLines", "no line is left");
        }
        return counts.isEmpty()
                ? Verdict.KEPT
                : new Verdict.Changed(document.withText(kept.strip()), counts);
    }

    private static String withoutCitations(String line, Map<String, Integer> counts) {
        if (line.indexOf('[') < 0) {
            return line;
        }
        var matcher = CITATION.matcher(line);
        var without = new StringBuilder();
        while (matcher.find()) {
            counts.merge("citation", 1, Integer::sum);
            matcher.appendReplacement(without, "");
        }
        return matcher.appendTail(without).toString().strip();
    }

    /// The rule that a line breaks, or an empty text.
    private String fault(String line, String lower) {
        if (line.length() > maxWordLength && hasLongWord(line)) {
            return "lineWithLongWord";
        }
        if (terminalPunctuation
                && (LINE_ENDS.indexOf(line.charAt(line.length() - 1)) < 0
                        || line.endsWith("..."))) {
            return "lineWithoutTerminalPunctuation";
        }
        if (Words.count(line) < minWordsPerLine) {
            return "lineWithFewWords";
        }
        if (noJavascript && lower.contains("javascript")) {
            return "lineAboutJavascript";
        }
        return noPolicy && POLICY.stream().anyMatch(lower::contains) ? "lineAboutPolicy" : "";
    }

    private boolean hasLongWord(String line) {
        Words words = Words.of(line);
        for (int i = 0; i < words.count(); i++) {
            if (words.length(i) > maxWordLength) {
                return true;
            }
        }
        return false;
    }
}
