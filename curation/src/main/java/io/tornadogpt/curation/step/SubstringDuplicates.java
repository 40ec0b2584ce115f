package io.tornadogpt.curation.step;

/// Takes out what stands in the corpus before in the same words and is as long as some number of
/// them, in this document or another, after Lee et al. (2022, "Deduplicating Training Data Makes
/// Language Models Better"), who compare 50 tokens. Here a token is a run of letters and digits,
/// without case and accents, because a corpus is curated before its tokenizer is made. Longer
/// passages are found as several that overlap. What is compared are hashes of 64 bits.
///
/// A word needs 8 bytes on the disk, so that of a corpus about once again as much is written; in
/// memory 8 bytes each, of 16 million at once, and a bit for each.
///
/// @param words that make a passage
public record SubstringDuplicates(int words) implements PassageStep {
    /// Fifty words.
    public static final SubstringDuplicates DEFAULT = new SubstringDuplicates(50);

    /// @throws IllegalArgumentException where a passage has no word
    public SubstringDuplicates {
        Limits.atLeast("substringDuplicates.words", words, 2);
    }

    @Override
    public Passages passages(String text) {
        WordRuns runs = WordRuns.of(text);
        var passages = new Passages();
        long highest = power(BASE, words);
        long hash = 0;
        for (int i = 0; i < runs.count(); i++) {
            // Of Rabin and Karp (1987): the word that leaves is taken out of the sum again.
            hash = hash * BASE + runs.hash(i);
            if (i >= words) {
                hash -= highest * runs.hash(i - words);
            }
            if (i >= words - 1) {
                passages.add(Mixing.mix(hash), runs.start(i - words + 1), runs.end(i));
            }
        }
        return passages;
    }

    private static final long BASE = 0x9E3779B97F4A7C15L;

    private static long power(long base, int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= base;
        }
        return power;
    }
}
