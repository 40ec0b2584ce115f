package io.tornadogpt.curation.step;

/// Counts how much of a text its n-grams repeat. Used by one thread at a time.
final class Ngrams {
    private final int words;
    private final long[] hashes;
    private final long[] lengths;
    private final HashCounts counts;

    Ngrams(Words of) {
        words = of.count();
        hashes = new long[words];
        lengths = new long[words + 1];
        for (int i = 0; i < words; i++) {
            hashes[i] = of.hash(i);
            lengths[i + 1] = lengths[i] + of.characters(i);
        }
        counts = new HashCounts(words);
    }

    private long hash(int from, int n) {
        long hash = n;
        for (int i = from; i < from + n; i++) {
            hash = hash * 0x9E3779B97F4A7C15L + hashes[i];
        }
        return Mixing.mix(hash);
    }

    /// Characters of all occurrences of the n-gram that has the most, with the spaces in it. One
    /// that occurs once is not repeated.
    long top(int n) {
        counts.clear();
        long most = 0;
        for (int i = 0; i + n <= words; i++) {
            int count = counts.add(hash(i, n));
            if (count > 1) {
                most = Math.max(most, count * (lengths[i + n] - lengths[i] + n - 1));
            }
        }
        return most;
    }

    /// Characters of words in n-grams that came before. Behind one of them the next that is looked
    /// at begins, so that no word counts twice.
    long duplicate(int n) {
        counts.clear();
        long characters = 0;
        int at = 0;
        while (at + n <= words) {
            if (counts.add(hash(at, n)) > 1) {
                characters += lengths[at + n] - lengths[at];
                at += n;
            } else {
                at++;
            }
        }
        return characters;
    }
}
