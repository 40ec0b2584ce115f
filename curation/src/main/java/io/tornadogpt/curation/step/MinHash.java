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
        long[] least = least(ngrams(text));
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

    /// The least hash that each function has for any of some n-grams. Four functions at a time, so
    /// that their products, which take the time, overlap, and the least of each stays in a
    /// register.
    private long[] least(long[] ngrams) {
        int hashes = multipliers.length;
        var least = new long[hashes];
        int i = 0;
        for (; i + 4 <= hashes; i += 4) {
            long a = Long.MAX_VALUE;
            long b = Long.MAX_VALUE;
            long c = Long.MAX_VALUE;
            long d = Long.MAX_VALUE;
            long ma = multipliers[i];
            long mb = multipliers[i + 1];
            long mc = multipliers[i + 2];
            long md = multipliers[i + 3];
            long aa = additions[i];
            long ab = additions[i + 1];
            long ac = additions[i + 2];
            long ad = additions[i + 3];
            for (long ngram : ngrams) {
                a = Math.min(a, hash(ngram, ma, aa));
                b = Math.min(b, hash(ngram, mb, ab));
                c = Math.min(c, hash(ngram, mc, ac));
                d = Math.min(d, hash(ngram, md, ad));
            }
            least[i] = a;
            least[i + 1] = b;
            least[i + 2] = c;
            least[i + 3] = d;
        }
        for (; i < hashes; i++) {
            long a = Long.MAX_VALUE;
            for (long ngram : ngrams) {
                a = Math.min(a, hash(ngram, multipliers[i], additions[i]));
            }
            least[i] = a;
        }
        return least;
    }

    /// The upper half of a product depends on all bits of the factors.
    private static long hash(long ngram, long multiplier, long addition) {
        return Math.multiplyHigh(ngram, multiplier) ^ (ngram * multiplier + addition);
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
