package io.tornadogpt.curation.step;

/// Counts how much of a text its n-grams repeat, from short ones to long ones. Where a longer
/// n-gram comes again, the shorter one at its beginning does too, so only the places where that was
/// so are looked at.
///
/// Used by one thread at a time.
final class Ngrams {
    private static final long BASE = 0x9E3779B97F4A7C15L;

    private final int words;
    private final long[] hashes;
    private final long[] lengths;
    private final HashCounts counts;

    /// Where n-grams begin that come again, and the sum of the hashes of their words.
    private final int[] places;

    private final long[] sums;
    private int repeated;
    private int n = 1;
    private long power = BASE;

    Ngrams(Words of) {
        words = of.count();
        hashes = new long[words];
        lengths = new long[words + 1];
        places = new int[words];
        sums = new long[words];
        repeated = words;
        for (int i = 0; i < words; i++) {
            hashes[i] = of.hash(i);
            lengths[i + 1] = lengths[i] + of.characters(i);
            places[i] = i;
            sums[i] = hashes[i];
        }
        counts = new HashCounts(words);
    }

    /// Goes on to n-grams with one word more.
    private void lengthen() {
        n++;
        power *= BASE;
        int kept = 0;
        counts.clear();
        for (int i = 0; i < repeated; i++) {
            int place = places[i];
            if (place + n <= words) {
                places[kept] = place;
                sums[kept] = sums[i] * BASE + hashes[place + n - 1];
                counts.add(hash(kept));
                kept++;
            }
        }
        repeated = kept;
    }

    private void keepRepeated() {
        int kept = 0;
        for (int i = 0; i < repeated; i++) {
            if (counts.of(hash(i)) > 1) {
                places[kept] = places[i];
                sums[kept++] = sums[i];
            }
        }
        repeated = kept;
    }

    private long hash(int i) {
        return Mixing.mix(n * power + sums[i]);
    }

    private void lengthenTo(int length) {
        while (n < length) {
            lengthen();
            keepRepeated();
        }
    }

    /// Characters of all occurrences of the n-gram that has the most, with the spaces in it. One
    /// that occurs once is not repeated.
    ///
    /// @param length of n-grams, not below that of an earlier call
    long top(int length) {
        lengthenTo(length);
        long most = 0;
        for (int i = 0; i < repeated; i++) {
            int at = places[i];
            most = Math.max(most, counts.of(hash(i)) * (lengths[at + n] - lengths[at] + n - 1));
        }
        return most;
    }

    /// Characters of words in n-grams that came before. Behind one of them the next that is looked
    /// at begins, so that no word counts twice.
    ///
    /// @param length of n-grams, not below that of an earlier call
    long duplicate(int length) {
        lengthenTo(length);
        if (repeated == 0) {
            return 0;
        }
        counts.clear();
        long characters = 0;
        int next = 0;
        for (int i = 0; i < repeated; i++) {
            int at = places[i];
            if (at >= next && counts.add(hash(i)) > 1) {
                characters += lengths[at + n] - lengths[at];
                next = at + n;
            }
        }
        return characters;
    }
}
