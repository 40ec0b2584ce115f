package io.tornadogpt.tokenizer.model;

import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.PackedTrie;

import java.util.Arrays;

/// The most probable segmentation of a text under a unigram model (Kudo 2018), found by dynamic
/// programming from left to right. Of equally probable ones the first found holds, as in
/// SentencePiece and Hugging Face. Serves one thread at a time.
public final class BestPath {

    private static final double UNK_PENALTY = 10;

    private final PackedTrie trie;
    private final double[] scores;
    private final int unk;
    private final double unkScore;

    /// SentencePiece keeps sums in single precision; which of two nearly equal paths wins in a long
    /// text depends on it.
    private final boolean singlePrecision;

    private double[] best = new double[64];
    private double[] second = new double[64];
    private int[] startOf = new int[64];
    private int[] idOf = new int[64];
    private final IntArray ends = new IntArray(64);

    /// @param trie pieces and their ids
    /// @param scores logarithms of probabilities by id
    /// @param unk the id of a character that no piece covers
    /// @param minScore the lowest score of a piece
    public BestPath(
            PackedTrie trie, double[] scores, int unk, double minScore, boolean singlePrecision) {
        this.trie = trie;
        this.scores = scores;
        this.unk = unk;
        this.singlePrecision = singlePrecision;
        unkScore = singlePrecision ? (float) minScore - 10f : minScore - UNK_PENALTY;
    }

    /// Takes pieces in order.
    public interface Pieces {
        void accept(int from, int to, int id);
    }

    public void find(String text, Pieces out) {
        find(text, 0, out);
    }

    /// Finds the path of a part of a text.
    ///
    /// @param before the sum of scores before it
    public void find(String text, double before, Pieces out) {
        int length = text.length();
        reset(length + 1);
        best[0] = before;
        for (int at = 0, next; at < length; at = next) {
            next = at + (Character.isHighSurrogate(text.charAt(at)) && at + 1 < length ? 2 : 1);
            if (!reach(text, at, next)) {
                offer(at, next, unk, unkScore + best[at]);
            }
        }
        ends.clear();
        for (int end = length; end > 0; end = startOf[end]) {
            ends.add(end);
        }
        for (int i = ends.size() - 1; i >= 0; i--) {
            int end = ends.get(i);
            out.accept(startOf[end], end, idOf[end]);
        }
    }

    /// The sum of scores at the end of the path found last, `length` chars long.
    public double sum(int length) {
        return best[length];
    }

    /// By how much the path found last is better than any other: the least distance, over the
    /// places where its pieces end, to another way to the same place.
    public double margin() {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < ends.size(); i++) {
            int end = ends.get(i);
            least = Math.min(least, best[end] - second[end]);
        }
        return least;
    }

    /// Offers all pieces that begin at `at`; whether one of them is the character alone.
    private boolean reach(String text, int at, int next) {
        boolean single = false;
        int node = PackedTrie.ROOT;
        double sofar = best[at];
        for (int i = at; i < text.length(); i++) {
            node = trie.next(node, text.charAt(i));
            if (node == PackedTrie.NONE) {
                break;
            }
            int id = trie.value(node);
            if (id != PackedTrie.NONE) {
                offer(at, i + 1, id, scores[id] + sofar);
                single |= i + 1 == next;
            }
        }
        return single;
    }

    private void offer(int from, int to, int id, double sum) {
        double candidate = singlePrecision ? (float) sum : sum;
        if (startOf[to] < 0 || candidate > best[to]) {
            second[to] = startOf[to] < 0 ? Double.NEGATIVE_INFINITY : best[to];
            best[to] = candidate;
            startOf[to] = from;
            idOf[to] = id;
        } else if (candidate > second[to]) {
            second[to] = candidate;
        }
    }

    private void reset(int size) {
        if (best.length < size) {
            int capacity = Math.max(size, 2 * best.length);
            best = new double[capacity];
            second = new double[capacity];
            startOf = new int[capacity];
            idOf = new int[capacity];
        }
        Arrays.fill(startOf, 0, size, -1);
    }
}
