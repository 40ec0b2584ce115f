package io.tornadogpt.tokenizer.model;

import io.tornadogpt.tokenizer.text.IntArray;

/// Encodes pieces, and remembers the tokens of those met lately.
public final class RecentPieces implements Model.Encoder {

    private final Model.Encoder encoder;
    private final PieceMemory memory = new PieceMemory();

    public RecentPieces(Model.Encoder encoder) {
        this.encoder = encoder;
    }

    @Override
    public void encode(String piece, IntArray out) {
        encode(piece, 0, piece.length(), out);
    }

    @Override
    public void encode(String text, int from, int to, IntArray out) {
        if (to - from > PieceMemory.LONGEST) {
            encoder.encode(text.substring(from, to), out);
            return;
        }
        int slot = memory.slot(text, from, to);
        if (memory.holds(slot, text, from, to)) {
            int[] known = memory.tokens(slot);
            out.addAll(known, 0, known.length);
            return;
        }
        String piece = text.substring(from, to);
        int before = out.size();
        encoder.encode(piece, out);
        memory.put(slot, piece, out.copy(before, out.size()), 0);
    }
}
