package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The quality rules of MassiveText (Rae et al. 2021, "Scaling Language Models: Methods, Analysis &
/// Insights from Training Gopher", appendix A1.1). Words are what stands between white space.
///
/// @param minWords a document with fewer goes
/// @param maxWords a document with more goes
/// @param minMeanWordLength code points of a word, in the mean
/// @param maxMeanWordLength the same, at most
/// @param maxSymbolsPerWord `#` per word, and ellipses per word
/// @param maxBulletLines share of lines that begin with a bullet
/// @param maxEllipsisLines share of lines that end with an ellipsis
/// @param minWordsWithLetter share of words that hold a letter
/// @param minStopWords different ones of the, be, to, of, and, that, have, with
public record GopherQuality(
        int minWords,
        int maxWords,
        double minMeanWordLength,
        double maxMeanWordLength,
        double maxSymbolsPerWord,
        double maxBulletLines,
        double maxEllipsisLines,
        double minWordsWithLetter,
        int minStopWords)
        implements DocumentStep {
    /// The published thresholds.
    public static final GopherQuality DEFAULT =
            new GopherQuality(50, 100_000, 3, 10, 0.1, 0.9, 0.3, 0.8, 2);

    private static final Set<String> STOP_WORDS =
            Set.of("the", "be", "to", "of", "and", "that", "have", "with");
    private static final String BULLETS =
            "\u2022\u2023\u25B6\u25C0\u25E6\u25A0\u25A1\u25AA\u25AB\u2013-*";

    /// @throws IllegalArgumentException where a share is not between 0 and 1
    public GopherQuality {
        Limits.atLeast("gopherQuality.minWords", minWords, 0);
        Limits.atLeast("gopherQuality.maxWords", maxWords, minWords);
        Limits.atLeast("gopherQuality.maxMeanWordLength", maxMeanWordLength, minMeanWordLength);
        Limits.atLeast("gopherQuality.maxSymbolsPerWord", maxSymbolsPerWord, 0);
        Limits.share("gopherQuality.maxBulletLines", maxBulletLines);
        Limits.share("gopherQuality.maxEllipsisLines", maxEllipsisLines);
        Limits.share("gopherQuality.minWordsWithLetter", minWordsWithLetter);
    }

    @Override
    public Verdict apply(Document document) {
        String text = document.text();
        Words words = Words.of(text);
        int n = words.count();
        if (n < minWords || n == 0) {
            return Removal.below("tooFewWords", n, minWords);
        }
        if (n > maxWords) {
            return Removal.above("tooManyWords", n, maxWords);
        }
        Verdict ofWords = ofWords(words);
        return ofWords instanceof Verdict.Removed ? ofWords : ofMarks(text, n);
    }

    private Verdict ofWords(Words words) {
        int n = words.count();
        long letters = 0;
        int withLetter = 0;
        var stopWords = new HashSet<String>();
        for (int i = 0; i < n; i++) {
            letters += words.length(i);
            if (words.hasLetter(i)) {
                withLetter++;
            }
            if (stopWords.size() < minStopWords) {
                String word = words.bare(i).toLowerCase(Locale.ROOT);
                if (STOP_WORDS.contains(word)) {
                    stopWords.add(word);
                }
            }
        }
        double mean = letters / (double) n;
        if (mean < minMeanWordLength) {
            return Removal.below("wordsTooShort", mean, minMeanWordLength);
        }
        if (mean > maxMeanWordLength) {
            return Removal.above("wordsTooLong", mean, maxMeanWordLength);
        }
        if (withLetter / (double) n < minWordsWithLetter) {
            return Removal.below(
                    "tooFewWordsWithLetter", withLetter / (double) n, minWordsWithLetter);
        }
        if (stopWords.size() < minStopWords) {
            return Removal.below("tooFewStopWords", stopWords.size(), minStopWords);
        }
        return Verdict.KEPT;
    }

    private Verdict ofMarks(String text, int words) {
        int hashes = 0;
        int ellipses = 0;
        for (int i = 0; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '#' -> hashes++;
                case '\u2026' -> ellipses++;
                case '.' -> {
                    if (text.startsWith("...", i)) {
                        ellipses++;
                        i += 2;
                    }
                }
                default -> {}
            }
        }
        if (hashes / (double) words > maxSymbolsPerWord) {
            return Removal.above("tooManyHashes", hashes / (double) words, maxSymbolsPerWord);
        }
        if (ellipses / (double) words > maxSymbolsPerWord) {
            return Removal.above("tooManyEllipses", ellipses / (double) words, maxSymbolsPerWord);
        }
        return ofLines(Lines.filled(text));
    }

    private Verdict ofLines(List<String> lines) {
        int bullets = 0;
        int ellipses = 0;
        for (String line : lines) {
            if (BULLETS.indexOf(line.charAt(0)) >= 0) {
                bullets++;
            }
            if (line.endsWith("...") || line.endsWith("\u2026")) {
                ellipses++;
            }
        }
        double n = lines.size();
        if (bullets / n > maxBulletLines) {
            return Removal.above("tooManyBulletLines", bullets / n, maxBulletLines);
        }
        if (ellipses / n > maxEllipsisLines) {
            return Removal.above("tooManyEllipsisLines", ellipses / n, maxEllipsisLines);
        }
        return Verdict.KEPT;
    }
}
