package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.util.List;

/// The repetition rules of MassiveText (Rae et al. 2021, table A1). A document goes where too much
/// of it stands in it before: lines, paragraphs and n-grams of words.
///
/// Shares of characters are shares of the text's length. For 2- to 4-grams that of the n-gram is
/// counted that takes the most characters, all its occurrences with the spaces in it; for 5- to
/// 10-grams those of every occurrence but the first, no character twice.
///
/// @param maxDuplicateLines share of lines that came before
/// @param maxDuplicateLineCharacters the share of characters in these
/// @param maxDuplicateParagraphs share of paragraphs that came before
/// @param maxDuplicateParagraphCharacters the share of characters in these
/// @param maxTopNgram for 2-, 3- and 4-grams
/// @param maxDuplicateNgrams for 5- to 10-grams
public record GopherRepetition(
        double maxDuplicateLines,
        double maxDuplicateLineCharacters,
        double maxDuplicateParagraphs,
        double maxDuplicateParagraphCharacters,
        List<Double> maxTopNgram,
        List<Double> maxDuplicateNgrams)
        implements DocumentStep {
    /// The published thresholds.
    public static final GopherRepetition DEFAULT =
            new GopherRepetition(
                    0.30,
                    0.20,
                    0.30,
                    0.20,
                    List.of(0.20, 0.18, 0.16),
                    List.of(0.15, 0.14, 0.13, 0.12, 0.11, 0.10));

    private static final int FIRST_TOP = 2;
    private static final int FIRST_DUPLICATE = 5;

    /// @throws IllegalArgumentException where there are not three and six limits for n-grams, or
    ///   one is not between 0 and 1
    public GopherRepetition {
        maxTopNgram = List.copyOf(maxTopNgram);
        maxDuplicateNgrams = List.copyOf(maxDuplicateNgrams);
        Limits.share("gopherRepetition.maxDuplicateLines", maxDuplicateLines);
        Limits.share("gopherRepetition.maxDuplicateLineCharacters", maxDuplicateLineCharacters);
        Limits.share("gopherRepetition.maxDuplicateParagraphs", maxDuplicateParagraphs);
        Limits.share(
                "gopherRepetition.maxDuplicateParagraphCharacters",
                maxDuplicateParagraphCharacters);
        shares("gopherRepetition.maxTopNgram", maxTopNgram, 3);
        shares("gopherRepetition.maxDuplicateNgrams", maxDuplicateNgrams, 6);
    }

    private static void shares(String name, List<Double> limits, int count) {
        if (limits.size() != count) {
            throw new IllegalArgumentException(
                    "%s has %d numbers; give %d, from the shortest n-gram to the longest"
                            .formatted(name, limits.size(), count));
        }
        limits.forEach(limit -> Limits.share(name, limit));
    }

    @Override
    public Verdict apply(Document document) {
        String text = document.text();
        double characters = text.length();
        Verdict verdict =
                ofParts(
                        Lines.filled(text),
                        characters,
                        "Lines",
                        maxDuplicateLines,
                        maxDuplicateLineCharacters);
        if (verdict instanceof Verdict.Removed) {
            return verdict;
        }
        verdict =
                ofParts(
                        Lines.paragraphs(text),
                        characters,
                        "Paragraphs",
                        maxDuplicateParagraphs,
                        maxDuplicateParagraphCharacters);
        return verdict instanceof Verdict.Removed ? verdict : ofNgrams(text);
    }

    private static Verdict ofParts(
            List<String> parts,
            double characters,
            String what,
            double most,
            double mostCharacters) {
        Repeated repeated = Repeated.of(parts);
        double share = repeated.share();
        if (share > most) {
            return Removal.above("duplicate" + what, share, most);
        }
        double ofCharacters = characters == 0 ? 0 : repeated.characters() / characters;
        if (ofCharacters > mostCharacters) {
            return Removal.above("duplicate" + what + "Characters", ofCharacters, mostCharacters);
        }
        return Verdict.KEPT;
    }

    private Verdict ofNgrams(String text) {
        var ngrams = new Ngrams(Words.of(text));
        for (int i = 0; i < maxTopNgram.size(); i++) {
            int n = FIRST_TOP + i;
            double share = ngrams.top(n) / (double) text.length();
            if (share > maxTopNgram.get(i)) {
                return Removal.above("top" + n + "gram", share, maxTopNgram.get(i));
            }
        }
        for (int i = 0; i < maxDuplicateNgrams.size(); i++) {
            int n = FIRST_DUPLICATE + i;
            double share = ngrams.duplicate(n) / (double) text.length();
            if (share > maxDuplicateNgrams.get(i)) {
                return Removal.above("duplicate" + n + "grams", share, maxDuplicateNgrams.get(i));
            }
        }
        return Verdict.KEPT;
    }
}
