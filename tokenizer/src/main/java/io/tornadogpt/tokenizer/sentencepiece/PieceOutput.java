package io.tornadogpt.tokenizer.sentencepiece;

import io.tornadogpt.tokenizer.text.IntArray;

import java.nio.charset.StandardCharsets;

/// Collects the pieces of one text: what is unknown becomes bytes, or one unknown piece for all
/// that is unknown in a row.
final class PieceOutput {

    private final int unk;
    private final boolean byteFallback;
    private final int[] idOfByte = new int[256];
    private boolean afterUnk;

    PieceOutput(SentencePieceFile file) {
        unk = file.unk();
        byteFallback = file.byteFallback();
        for (int id = 0; id < file.pieces().size(); id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            if (piece.type() == SentencePieceFile.PieceType.BYTE) {
                idOfByte[Integer.parseInt(piece.text().substring(3, 5), 16)] = id;
            }
        }
    }

    void begin() {
        afterUnk = false;
    }

    void known(int id, IntArray out) {
        out.add(id);
        afterUnk = false;
    }

    void unknown(String text, IntArray out) {
        if (byteFallback) {
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                out.add(idOfByte[b & 0xFF]);
            }
        } else if (!afterUnk) {
            out.add(unk);
        }
        afterUnk = true;
    }
}
