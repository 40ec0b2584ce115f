package io.tornadogpt.tokenizer.sentencepiece;

import io.tornadogpt.tokenizer.model.BestPath;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.text.Trie;

import java.nio.charset.StandardCharsets;

/// The most probable pieces of a text under a unigram model (Kudo 2018). A symbol that the user
/// defined is always taken.
final class SentencePieceUnigram implements SentencePieceModel {

    private final SentencePieceFile file;
    private final byte[] bytes;
    private final Vocabulary vocabulary;
    private final Trie trie = new Trie();
    private final double[] scores;
    private final double minScore;

    SentencePieceUnigram(SentencePieceFile file, byte[] bytes) {
        this.file = file;
        this.bytes = bytes;
        vocabulary =
                Vocabulary.of(file.pieces().stream().map(SentencePieceFile.Piece::text).toList());
        scores = new double[file.pieces().size()];
        float least = Float.MAX_VALUE;
        float most = -Float.MAX_VALUE;
        for (SentencePieceFile.Piece piece : file.pieces()) {
            if (piece.type() == SentencePieceFile.PieceType.NORMAL) {
                least = Math.min(least, piece.score());
                most = Math.max(most, piece.score());
            }
        }
        minScore = least;
        for (int id = 0; id < scores.length; id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            switch (piece.type()) {
                case NORMAL -> {
                    trie.put(piece.text(), id);
                    scores[id] = piece.score();
                }
                case USER_DEFINED -> {
                    trie.put(piece.text(), id);
                    int length = piece.text().getBytes(StandardCharsets.UTF_8).length;
                    scores[id] = (float) (length * most - 0.1);
                }
                case UNKNOWN, CONTROL, UNUSED, BYTE -> {
                    // Text never becomes these.
                }
            }
        }
    }

    @Override
    public SentencePieceFile file() {
        return file;
    }

    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public String kind() {
        return "SentencePiece Unigram";
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public Encoder encoder() {
        BestPath path = new BestPath(trie, scores, Vocabulary.NONE, minScore, true);
        PieceOutput output = new PieceOutput(file);
        return (text, out) -> {
            output.begin();
            path.find(
                    text,
                    (from, to, id) -> {
                        if (id == Vocabulary.NONE) {
                            output.unknown(text.substring(from, to), out);
                        } else {
                            output.known(id, out);
                        }
                    });
        };
    }
}
