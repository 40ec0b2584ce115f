package io.tornadogpt.tokenizer.model;

import io.tornadogpt.tokenizer.text.IntArray;

import org.jspecify.annotations.Nullable;

/// Remembers the tokens of pieces met lately: a direct-mapped table in which a newer piece replaces
/// an older one, so that it never grows.
public final class RecentPieces implements Model.Encoder {

    private static final int SLOTS = 1 << 15;
    private static final int LONGEST = 64;

    private final Model.Encoder encoder;
    private final @Nullable String[] pieces = new String[SLOTS];
    private final int[][] tokens = new int[SLOTS][];

    public RecentPieces(Model.Encoder encoder) {
        this.encoder = encoder;
    }

    @Override
    public void encode(String piece, IntArray out) {
        if (piece.length() > LONGEST) {
            encoder.encode(piece, out);
            return;
        }
        int hash = piece.hashCode() * 0x9E37_79B9;
        int slot = hash >>> (32 - 15);
        if (piece.equals(pieces[slot])) {
            int[] known = tokens[slot];
            out.addAll(known, 0, known.length);
            return;
        }
        int before = out.size();
        encoder.encode(piece, out);
        pieces[slot] = piece;
        tokens[slot] = out.copy(before, out.size());
    }
}
