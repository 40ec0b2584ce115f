package io.tornadogpt.tokenizer.model;

import org.jspecify.annotations.Nullable;

/// The tokens of pieces met lately: a direct-mapped table in which a newer piece replaces an older
/// one, so that it never grows. A piece is looked for as a part of a text, without a copy of it.
/// Serves one thread at a time.
public final class PieceMemory {

    /// Longer pieces are not kept.
    public static final int LONGEST = 64;

    private static final int SLOT_BITS = 15;

    private final @Nullable String[] pieces = new String[1 << SLOT_BITS];
    private final int[][] tokens = new int[1 << SLOT_BITS][];
    private final double[] margins = new double[1 << SLOT_BITS];

    /// The place of `text[from, to)`, whether it is there or not.
    public int slot(String text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + text.charAt(i);
        }
        return (hash * 0x9E37_79B9) >>> (32 - SLOT_BITS);
    }

    /// Whether a place holds `text[from, to)`.
    public boolean holds(int slot, String text, int from, int to) {
        String piece = pieces[slot];
        return piece != null
                && piece.length() == to - from
                && piece.regionMatches(0, text, from, to - from);
    }

    /// The tokens of a place that holds a piece; not to be changed.
    public int[] tokens(int slot) {
        return tokens[slot];
    }

    /// What was put beside the tokens.
    public double margin(int slot) {
        return margins[slot];
    }

    /// @param margin any number that belongs to these tokens
    public void put(int slot, String piece, int[] itsTokens, double margin) {
        pieces[slot] = piece;
        tokens[slot] = itsTokens;
        margins[slot] = margin;
    }
}
