package io.tornadogpt.curation.step;

import java.text.Normalizer;
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
        long[] words = words(text);
        int n = Math.min(settings.ngram(), words.length);
        if (n == 0) {
            return new long[] {Mixing.of(text)};
        }
        var ngrams = new long[words.length - n + 1];
        for (int i = 0; i < ngrams.length; i++) {
            long hash = n;
            for (int j = i; j < i + n; j++) {
                hash = Mixing.add(hash, words[j]);
            }
            ngrams[i] = hash;
        }
        return different(ngrams);
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

    /// Hashes of the runs of letters and digits, without case and accents. In scripts without
    /// spaces each character is a word.
    private static long[] words(String text) {
        String plain = isAscii(text) ? text : Normalizer.normalize(text, Normalizer.Form.NFD);
        var words = new long[16];
        int count = 0;
        long hash = 0;
        boolean open = false;
        for (int i = 0; i <= plain.length(); i++) {
            int c = i < plain.length() ? plain.charAt(i) : ' ';
            boolean alone = c >= 0x2E80 && isIdeograph((char) c);
            boolean inWord = !alone && isWord((char) c);
            if (open && !inWord && !isMark((char) c)) {
                words = withRoom(words, count);
                words[count++] = Mixing.mix(hash);
                open = false;
            }
            if (inWord) {
                hash = (open ? hash : 1125899906842597L) * 31 + lower((char) c);
                open = true;
            } else if (alone) {
                words = withRoom(words, count);
                words[count++] = Mixing.mix(c);
            }
        }
        return Arrays.copyOf(words, count);
    }

    private static long[] withRoom(long[] words, int count) {
        return count < words.length ? words : Arrays.copyOf(words, 2 * count);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static char lower(char c) {
        return c < 0x80 ? (c >= 'A' && c <= 'Z' ? (char) (c + 32) : c) : Character.toLowerCase(c);
    }

    private static boolean isWord(char c) {
        if (c < 0x80) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        }
        return Character.isLetterOrDigit(c) || Character.isSurrogate(c);
    }

    private static boolean isMark(char c) {
        return c >= 0x300 && Character.getType(c) == Character.NON_SPACING_MARK;
    }

    private static boolean isIdeograph(char c) {
        return Character.isIdeographic(c) || (c >= 0x3040 && c <= 0x30FF);
    }
}
