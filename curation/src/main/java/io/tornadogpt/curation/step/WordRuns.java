package io.tornadogpt.curation.step;

import java.text.Normalizer;
import java.util.Arrays;

/// The runs of letters and digits of a text, as hashes that do not depend on case and accents, with
/// the places where they stand. In scripts without spaces each character is a run.
final class WordRuns {
    private static final long BEGIN = 1125899906842597L;

    private final String text;
    private long[] hashes;
    private int[] starts;
    private int[] ends;
    private int count;

    private WordRuns(String text) {
        this.text = text;
        int expected = text.length() / 5 + 8;
        this.hashes = new long[expected];
        this.starts = new int[expected];
        this.ends = new int[expected];
    }

    static WordRuns of(String text) {
        var runs = new WordRuns(text);
        int length = text.length();
        int at = 0;
        while (at < length) {
            char c = text.charAt(at);
            if (isAlone(c)) {
                runs.add(Mixing.mix(c), at, at + 1);
                at++;
            } else if (isWord(c)) {
                at = runs.word(at);
            } else {
                at++;
            }
        }
        return runs;
    }

    /// Takes the word that begins at a place.
    ///
    /// @return where it ends
    private int word(int start) {
        long hash = BEGIN;
        boolean ascii = true;
        int end = start;
        while (end < text.length()) {
            char c = text.charAt(end);
            if (c >= 0x80) {
                if (isAlone(c) || !(isWord(c) || isMark(c))) {
                    break;
                }
                ascii = false;
            } else if (!isWord(c)) {
                break;
            } else {
                hash = hash * 31 + lower(c);
            }
            end++;
        }
        add(Mixing.mix(ascii ? hash : withoutAccents(start, end)), start, end);
        return end;
    }

    private long withoutAccents(int start, int end) {
        String plain = Normalizer.normalize(text.substring(start, end), Normalizer.Form.NFD);
        long hash = BEGIN;
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            hash = isMark(c) ? hash : hash * 31 + lower(c);
        }
        return hash;
    }

    private void add(long hash, int start, int end) {
        if (count == hashes.length) {
            hashes = Arrays.copyOf(hashes, 2 * count);
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        hashes[count] = hash;
        starts[count] = start;
        ends[count++] = end;
    }

    int count() {
        return count;
    }

    long hash(int i) {
        return hashes[i];
    }

    int start(int i) {
        return starts[i];
    }

    int end(int i) {
        return ends[i];
    }

    /// A hash of some runs in their order.
    long hash(int from, int n) {
        long hash = n;
        for (int i = from; i < from + n; i++) {
            hash = Mixing.add(hash, hashes[i]);
        }
        return hash;
    }

    /// Hashes of all sequences of so many runs.
    long[] ngrams(int n) {
        var ngrams = new long[Math.max(0, count - n + 1)];
        for (int i = 0; i < ngrams.length; i++) {
            ngrams[i] = hash(i, n);
        }
        return ngrams;
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

    private static boolean isAlone(char c) {
        return c >= 0x2E80 && (Character.isIdeographic(c) || (c >= 0x3040 && c <= 0x30FF));
    }
}
