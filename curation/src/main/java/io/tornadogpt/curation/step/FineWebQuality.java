package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.util.List;

/// The rules that FineWeb adds to those of Gopher and C4 (Penedo et al. 2024, section 3.6). Lines
/// are those in which there is more than white space.
///
/// @param minPunctuatedLines a document goes where no larger share of its lines ends a sentence
/// @param shortLine lines with fewer characters are short
/// @param maxShortLines a document goes where the share of short lines is not below
/// @param maxDuplicateLineCharacters a document goes where the share of characters in lines that
///   came before is not below
/// @param maxNewlinesPerWord a document goes where it has more line ends per word
public record FineWebQuality(
        double minPunctuatedLines,
        int shortLine,
        double maxShortLines,
        double maxDuplicateLineCharacters,
        double maxNewlinesPerWord)
        implements DocumentStep {
    /// The published thresholds.
    public static final FineWebQuality DEFAULT = new FineWebQuality(0.12, 30, 0.67, 0.01, 0.3);

    /// @throws IllegalArgumentException where a share is not between 0 and 1
    public FineWebQuality {
        Limits.share("fineWebQuality.minPunctuatedLines", minPunctuatedLines);
        Limits.atLeast("fineWebQuality.shortLine", shortLine, 0);
        Limits.share("fineWebQuality.maxShortLines", maxShortLines);
        Limits.share("fineWebQuality.maxDuplicateLineCharacters", maxDuplicateLineCharacters);
        Limits.atLeast("fineWebQuality.maxNewlinesPerWord", maxNewlinesPerWord, 0);
    }

    @Override
    public Verdict apply(Document document) {
        String text = document.text();
        List<String> lines = Lines.filled(text);
        if (lines.isEmpty()) {
            return new Verdict.Removed("empty", "there is no line");
        }
        double n = lines.size();
        int punctuated = 0;
        int shortLines = 0;
        for (String line : lines) {
            if (Lines.endsSentence(line)) {
                punctuated++;
            }
            if (line.codePointCount(0, line.length()) < shortLine) {
                shortLines++;
            }
        }
        if (punctuated / n <= minPunctuatedLines) {
            return Removal.notAbove("fewPunctuatedLines", punctuated / n, minPunctuatedLines);
        }
        if (shortLines / n >= maxShortLines) {
            return Removal.notBelow("shortLines", shortLines / n, maxShortLines);
        }
        return ofCharacters(text, lines);
    }

    private Verdict ofCharacters(String text, List<String> lines) {
        int newlines = 0;
        for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
            newlines++;
        }
        double repeated = Repeated.of(lines).characters() / (double) (text.length() - newlines);
        if (repeated >= maxDuplicateLineCharacters && repeated > 0) {
            return Removal.notBelow(
                    "duplicateLineCharacters", repeated, maxDuplicateLineCharacters);
        }
        double perWord = newlines / (double) Words.count(text);
        return perWord > maxNewlinesPerWord
                ? Removal.above("manyNewlines", perWord, maxNewlinesPerWord)
                : Verdict.KEPT;
    }
}
