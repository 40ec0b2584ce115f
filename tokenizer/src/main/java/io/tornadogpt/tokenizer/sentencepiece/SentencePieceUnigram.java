package io.tornadogpt.tokenizer.sentencepiece;

import io.tornadogpt.tokenizer.model.BestPath;
import io.tornadogpt.tokenizer.model.PieceMemory;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.PackedTrie;
import io.tornadogpt.tokenizer.text.Trie;

import java.nio.charset.StandardCharsets;

/// The most probable pieces of a text under a unigram model (Kudo 2018). A symbol that the user
/// defined is always taken.
final class SentencePieceUnigram implements SentencePieceModel {

    private final SentencePieceFile file;
    private final byte[] bytes;
    private final Vocabulary vocabulary;
    private final PackedTrie trie;
    private final double[] scores;
    private final double minScore;

    /// Whether no piece spans a place before a space that follows something else.
    private final boolean cutsAtSpaces;

    /// No score is farther from zero.
    private final double largestScore;

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
        Trie growing = new Trie();
        boolean cuts = true;
        double largest = Math.abs(least) + 10;
        for (int id = 0; id < scores.length; id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            switch (piece.type()) {
                case NORMAL -> {
                    growing.put(piece.text(), id);
                    cuts &= !SentencePieceBpe.holdsSpaceWithin(piece.text());
                    scores[id] = piece.score();
                }
                case USER_DEFINED -> {
                    growing.put(piece.text(), id);
                    cuts &= !SentencePieceBpe.holdsSpaceWithin(piece.text());
                    int length = piece.text().getBytes(StandardCharsets.UTF_8).length;
                    scores[id] = (float) (length * most - 0.1);
                }
                case UNKNOWN, CONTROL, UNUSED, BYTE -> {
                    // Text never becomes these.
                }
            }
            largest = Math.max(largest, Math.abs(scores[id]));
        }
        trie = new PackedTrie(growing);
        cutsAtSpaces = cuts;
        largestScore = largest;
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
        return new TextEncoder();
    }

    /// Encodes word by word where no piece spans two. SentencePiece adds the scores of a whole text
    /// in single precision, and where two ways are nearly equal, what came before decides; so a
    /// word's tokens are remembered together with by how much they are better than any others, and
    /// count where rounding cannot make up for that.
    private final class TextEncoder implements Encoder {

        private final BestPath path = new BestPath(trie, scores, Vocabulary.NONE, minScore, true);
        private final BestPath exact = new BestPath(trie, scores, Vocabulary.NONE, minScore, false);
        private final PieceOutput output = new PieceOutput(file);
        private final PieceMemory memory = new PieceMemory();
        private boolean known;

        @Override
        public void encode(String text, IntArray out) {
            output.begin();
            if (!cutsAtSpaces) {
                search(text, 0, out);
                return;
            }
            float sum = 0;
            int from = 0;
            for (int at = text.indexOf(SentencePieceFile.SPACE, 1);
                    at >= 0;
                    at = text.indexOf(SentencePieceFile.SPACE, at + 1)) {
                if (text.charAt(at - 1) != SentencePieceFile.SPACE) {
                    sum = word(text, from, at, sum, out);
                    from = at;
                }
            }
            word(text, from, text.length(), sum, out);
        }

        /// Encodes `text[from, to)`.
        ///
        /// @return the sum of scores behind it, as SentencePiece rounds it
        private float word(String text, int from, int to, float before, IntArray out) {
            int length = to - from;
            if (length > PieceMemory.LONGEST) {
                return search(text.substring(from, to), before, out);
            }
            int slot = memory.slot(text, from, to);
            if (!memory.holds(slot, text, from, to)) {
                remember(slot, text.substring(from, to));
            }
            // Each of at most 2 * length additions is off by half of the distance between floats.
            float most = (float) (Math.abs(before) + length * largestScore);
            if (!(memory.margin(slot) > 2.0 * length * Math.ulp(most))) {
                return search(text.substring(from, to), before, out);
            }
            float sum = before;
            for (int id : memory.tokens(slot)) {
                sum = (float) (scores[id] + sum);
                output.known(id, out);
            }
            return sum;
        }

        /// What is not made of known pieces alone is remembered as never certain.
        private void remember(int slot, String word) {
            IntArray ids = new IntArray(16);
            known = true;
            exact.find(
                    word,
                    (from, to, id) -> {
                        known &= id != Vocabulary.NONE;
                        ids.add(id);
                    });
            memory.put(slot, word, ids.toArray(), known ? exact.margin() : 0);
        }

        private float search(String text, float before, IntArray out) {
            path.find(
                    text,
                    before,
                    (from, to, id) -> {
                        if (id == Vocabulary.NONE) {
                            output.unknown(text.substring(from, to), out);
                        } else {
                            output.known(id, out);
                        }
                    });
            return (float) path.sum(text.length());
        }
    }
}
