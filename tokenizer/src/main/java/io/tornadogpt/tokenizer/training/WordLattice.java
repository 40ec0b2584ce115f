package io.tornadogpt.tokenizer.training;

import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.Trie;

import java.util.Arrays;

/// All ways to make a word of pieces under a unigram model. Serves one thread at a time.
///
/// A character that is no piece is unknown, with a score below all others. SentencePiece's trainer
/// counts what is unknown for the first piece, which is the most frequent character; so does this.
final class WordLattice {

    private static final int UNKNOWN = -1;
    private static final int COUNTED_FOR_UNKNOWN = 0;
    private static final double UNKNOWN_PENALTY = 10;

    private final Trie trie;
    private final double[] scores;
    private final double unknownScore;

    /// Edges of the lattice in order of their beginnings.
    private final IntArray from = new IntArray(256);

    private final IntArray to = new IntArray(256);
    private final IntArray id = new IntArray(256);

    /// Logarithms of the sums over all ways up to a place, and from it on.
    private double[] before = new double[64];

    private double[] behind = new double[64];
    private int[] bestEdge = new int[64];
    private int length;

    /// @param trie pieces by id
    /// @param scores logarithms of probabilities; NaN for a piece that is gone
    /// @param minScore the lowest of them
    WordLattice(Trie trie, double[] scores, double minScore) {
        this.trie = trie;
        this.scores = scores;
        unknownScore = minScore - UNKNOWN_PENALTY;
    }

    /// Makes the lattice of a word.
    ///
    /// @param without a piece that does not count, or -2
    void set(String word, int without) {
        length = word.length();
        if (before.length <= length) {
            before = new double[2 * length];
            behind = new double[2 * length];
            bestEdge = new int[2 * length];
        }
        from.clear();
        to.clear();
        id.clear();
        for (int at = 0, next; at < length; at = next) {
            next = at + Character.charCount(word.codePointAt(at));
            boolean single = false;
            int node = Trie.ROOT;
            for (int i = at; i < length; i++) {
                node = trie.next(node, word.charAt(i));
                if (node == Trie.NONE) {
                    break;
                }
                int piece = trie.value(node);
                if (piece != Trie.NONE && piece != without && !Double.isNaN(scores[piece])) {
                    edge(at, i + 1, piece);
                    single |= i + 1 == next;
                }
            }
            if (!single) {
                edge(at, next, UNKNOWN);
            }
        }
    }

    private void edge(int begin, int end, int piece) {
        from.add(begin);
        to.add(end);
        id.add(piece);
    }

    private double score(int edge) {
        int piece = id.get(edge);
        return piece == UNKNOWN ? unknownScore : scores[piece];
    }

    /// Adds to `expected` how often each piece is in the word, on the average over all ways.
    ///
    /// @return the logarithm of the word's probability
    double addExpected(double count, double[] expected) {
        Arrays.fill(before, 0, length + 1, Double.NEGATIVE_INFINITY);
        Arrays.fill(behind, 0, length + 1, Double.NEGATIVE_INFINITY);
        before[0] = 0;
        behind[length] = 0;
        for (int e = 0; e < id.size(); e++) {
            int end = to.get(e);
            before[end] = logSum(before[end], before[from.get(e)] + score(e));
        }
        for (int e = id.size() - 1; e >= 0; e--) {
            int begin = from.get(e);
            behind[begin] = logSum(behind[begin], behind[to.get(e)] + score(e));
        }
        double all = before[length];
        for (int e = 0; e < id.size(); e++) {
            int piece = id.get(e);
            double share = before[from.get(e)] + score(e) + behind[to.get(e)] - all;
            expected[counted(piece)] += count * Math.exp(share);
        }
        return all;
    }

    private static double logSum(double a, double b) {
        double more = Math.max(a, b);
        double less = Math.min(a, b);
        return less < more - 50 ? more : more + Math.log1p(Math.exp(less - more));
    }

    private static int counted(int piece) {
        return piece == UNKNOWN ? COUNTED_FOR_UNKNOWN : piece;
    }

    /// Finds the most probable way: its pieces, the last first.
    ///
    /// @return the sum of its scores
    double best(IntArray pieces) {
        Arrays.fill(before, 0, length + 1, Double.NEGATIVE_INFINITY);
        before[0] = 0;
        for (int e = 0; e < id.size(); e++) {
            double sum = before[from.get(e)] + score(e);
            int end = to.get(e);
            if (sum > before[end]) {
                before[end] = sum;
                bestEdge[end] = e;
            }
        }
        pieces.clear();
        for (int at = length; at > 0; at = from.get(bestEdge[at])) {
            pieces.add(counted(id.get(bestEdge[at])));
        }
        return before[length];
    }
}
