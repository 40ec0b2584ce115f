package io.tornadogpt.curation.step;

import java.util.Arrays;

/// The hashes by which near duplicates are found.
///
/// Immutable; any number of threads may share it.
public final class MinHash {
    private final NearDuplicates settings;
    private final long[] multipliers;
    private final long[] additions;

    public MinHash(NearDuplicates settings) {
        this.settings = settings;
        int hashes = settings.bands() * settings.rows();
        multipliers = new long[hashes];
        additions = new long[hashes];
        for (int i = 0; i < hashes; i++) {
            multipliers[i] = Mixing.mix(settings.seed() + 2L * i) | 1;
            additions[i] = Mixing.mix(settings.seed() + 2L * i + 1);
        }
    }

    /// Bands of a signature.
    public int bands() {
        return settings.bands();
    }

    /// A hash for each band. A text without letters and digits is its own n-gram.
    public long[] bandHashes(String text) {
        int hashes = multipliers.length;
        var least = new long[hashes];
        Arrays.fill(least, Long.MAX_VALUE);
        long[] ngrams = ngrams(text);
        for (long ngram : ngrams) {
            for (int i = 0; i < hashes; i++) {
                // The upper half of a product depends on all bits of the factors.
                long hash =
                        Math.multiplyHigh(ngram, multipliers[i])
                                ^ (ngram * multipliers[i] + additions[i]);
                least[i] = Math.min(least[i], hash);
            }
        }
        var bands = new long[settings.bands()];
        for (int band = 0; band < bands.length; band++) {
            long hash = band;
            for (int row = 0; row < settings.rows(); row++) {
                hash = Mixing.add(hash, least[band * settings.rows() + row]);
            }
            bands[band] = hash;
        }
        return bands;
    }

    /// Hashes of the different n-grams of words.
    long[] ngrams(String text) {
        WordRuns words = WordRuns.of(text);
        int n = Math.min(settings.ngram(), words.count());
        return n == 0 ? new long[] {Mixing.of(text)} : different(words.ngrams(n));
    }

    private static long[] different(long[] hashes) {
        Arrays.sort(hashes);
        int count = 0;
        for (int i = 0; i < hashes.length; i++) {
            if (i == 0 || hashes[i] != hashes[i - 1]) {
                hashes[count++] = hashes[i];
            }
        }
        return Arrays.copyOf(hashes, count);
    }
}
