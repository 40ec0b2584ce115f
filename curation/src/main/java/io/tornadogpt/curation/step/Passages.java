package io.tornadogpt.curation.step;

import java.util.Arrays;
import java.util.BitSet;

/// Parts of a text, and a hash of what each says. They may overlap, and come in the order of their
/// beginnings.
///
/// Used by one thread at a time.
public final class Passages {
    private long[] hashes = new long[16];
    private int[] starts = new int[16];
    private int[] ends = new int[16];
    private int count;

    void add(long hash, int start, int end) {
        if (count == hashes.length) {
            hashes = Arrays.copyOf(hashes, 2 * count);
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        hashes[count] = hash;
        starts[count] = start;
        ends[count++] = end;
    }

    /// How many there are.
    public int count() {
        return count;
    }

    /// The hash of each.
    public long[] hashes() {
        return Arrays.copyOf(hashes, count);
    }

    /// Marks the characters of some passages.
    ///
    /// @param chosen the numbers of passages
    /// @param characters of the text, where they are marked
    public void mark(BitSet chosen, BitSet characters) {
        for (int i = chosen.nextSetBit(0); i >= 0; i = chosen.nextSetBit(i + 1)) {
            characters.set(starts[i], ends[i]);
        }
    }

    /// A text without the characters that are marked, and without the empty lines that they leave.
    public static String without(String text, BitSet marked) {
        var left = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            int cut = marked.nextSetBit(at);
            int end = cut < 0 ? text.length() : cut;
            append(left, text.substring(at, end));
            at = cut < 0 ? end : Math.max(end, marked.nextClearBit(cut));
        }
        return left.toString().strip();
    }

    /// Of white space on both sides of what was taken out, that in front stays. Where lines were
    /// taken out whole, the next one keeps its indentation.
    private static void append(StringBuilder left, String piece) {
        boolean joined = !left.isEmpty() && Character.isWhitespace(left.charAt(left.length() - 1));
        int text = piece.length() - piece.stripLeading().length();
        int lineEnd = text == 0 ? -1 : piece.lastIndexOf('\n', text - 1);
        if (!joined) {
            left.append(piece);
        } else if (lineEnd < 0) {
            left.append(piece, text, piece.length());
        } else {
            left.append(left.charAt(left.length() - 1) == '\n' ? "" : "\n");
            left.append(piece, lineEnd + 1, piece.length());
        }
    }
}
