package io.tornadogpt.tokenizer.model;

import com.fasterxml.jackson.core.JsonGenerator;

import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.tokenizer.text.Describe;
import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.PackedTrie;
import io.tornadogpt.tokenizer.text.Trie;

import java.io.IOException;

/// The unigram language model (Kudo 2018) as Hugging Face has it.
public final class Unigram implements Model {

    private final Vocabulary vocabulary;
    private final double[] scores;
    private final int unk;
    private final boolean byteFallback;
    private final PackedTrie trie;
    private final double minScore;
    private final ByteTokens bytes;

    /// @param scores logarithms of probabilities by id
    /// @param unk the id for what no token covers, or -1
    /// @param byteFallback whether what no token covers becomes the tokens of its bytes
    public Unigram(Vocabulary vocabulary, double[] scores, int unk, boolean byteFallback) {
        this.vocabulary = vocabulary;
        this.scores = scores;
        this.unk = unk;
        this.byteFallback = byteFallback;
        Trie growing = new Trie();
        double least = Double.POSITIVE_INFINITY;
        for (int id = 0; id < scores.length; id++) {
            String token = vocabulary.token(id);
            if (token != null && !token.isEmpty() && !vocabulary.isHidden(id)) {
                growing.put(token, id);
            }
            least = Math.min(least, scores[id]);
        }
        minScore = least;
        trie = new PackedTrie(growing);
        bytes = new ByteTokens(vocabulary, byteFallback);
    }

    @Override
    public String type() {
        return "Unigram";
    }

    @Override
    public String kind() {
        return "Unigram";
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    public double score(int id) {
        return scores[id];
    }

    public int unk() {
        return unk;
    }

    @Override
    public Encoder encoder() {
        return new RecentPieces(new PathEncoder());
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
        if (unk < 0) {
            json.writeNullField("unk_id");
        } else {
            json.writeNumberField("unk_id", unk);
        }
        json.writeArrayFieldStart("vocab");
        for (int id = 0; id < scores.length; id++) {
            json.writeStartArray();
            json.writeString(vocabulary.token(id));
            json.writeNumber(scores[id]);
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeBooleanField("byte_fallback", byteFallback);
    }

    /// Encodes one piece; characters that no token covers are one token together.
    private final class PathEncoder implements Encoder {

        private final BestPath path = new BestPath(trie, scores, -1, minScore, false);
        private int unknownFrom;

        @Override
        public void encode(String piece, IntArray out) {
            unknownFrom = -1;
            path.find(
                    piece,
                    (from, to, id) -> {
                        boolean unknown = id < 0 || id == unk;
                        if (unknown && unknownFrom < 0) {
                            unknownFrom = from;
                        } else if (!unknown) {
                            flush(piece, from, out);
                            out.add(id);
                        }
                    });
            flush(piece, piece.length(), out);
        }

        private void flush(String piece, int to, IntArray out) {
            if (unknownFrom < 0) {
                return;
            }
            String unknown = piece.substring(unknownFrom, to);
            int known = vocabulary.ordinary(unknown);
            if (known != Vocabulary.NONE) {
                out.add(known);
            } else if (!bytes.add(unknown, out)) {
                if (unk < 0) {
                    throw new UnencodableTextException(
                            "character "
                                    + Describe.codePoint(piece.codePointAt(unknownFrom))
                                    + " has no token in this vocabulary, which names no unk_id"
                                    + " either; leave it out, or use another tokenizer",
                            unknownFrom);
                }
                out.add(unk);
            }
            unknownFrom = -1;
        }
    }
}
