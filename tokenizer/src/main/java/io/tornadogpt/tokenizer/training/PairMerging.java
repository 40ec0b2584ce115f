package io.tornadogpt.tokenizer.training;

import io.tornadogpt.tokenizer.text.IntArray;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.BitSet;
import java.util.PriorityQueue;

/// The training loop of byte-pair encoding: pieces of text as lists of tokens, in which the most
/// frequent pair becomes one token, again and again.
///
/// Which pairs may merge, and which of equally frequent ones wins, is a [Rule]. Occurrences that
/// overlap count each, as in Hugging Face's `BpeTrainer` and in SentencePiece: `aaa` has the pair
/// `a a` twice. A merge touches only the pieces that hold its pair.
public final class PairMerging {

    /// Which pairs may merge, and which comes first of those that are equally frequent.
    public interface Rule {

        /// Any pair; the smaller left id wins, then the smaller right id, as in Hugging Face's
        /// `BpeTrainer`.
        Rule SMALLER_IDS_FIRST =
                (left, right, otherLeft, otherRight) ->
                        left != otherLeft
                                ? Integer.compare(left, otherLeft)
                                : Integer.compare(right, otherRight);

        /// Negative where the first pair wins.
        int compare(int left, int right, int otherLeft, int otherRight);

        default boolean mayMerge(int left, int right) {
            return true;
        }
    }

    /// A pair that was so frequent when it entered the queue, and the pieces that gained it since
    /// it last did. Pairs that lost occurrences are found out when they come up.
    private record Candidate(int pair, int left, int right, long count, IntArray pieces) {}

    /// The most frequent pair and where it stands.
    public record Best(int left, int right, IntArray pieces) {}

    /// All pieces' tokens, each piece from its start on; merging only shortens them.
    private final int[] tokens;

    private final int[] starts;
    private final int[] lengths;
    private final long[] countOfPiece;

    private final PairIndex pairs = new PairIndex();
    private final BitSet refused = new BitSet();
    private long[] countOfPair = new long[1 << 12];
    private @Nullable IntArray[] gained = new IntArray[1 << 12];
    private final IntArray gainers = new IntArray(1 << 10);
    private final PriorityQueue<Candidate> queue;
    private final Rule rule;

    /// Pieces of bytes.
    public PairMerging(PieceCounts pieces, int[] tokenOfByte) {
        this(lists(pieces, tokenOfByte), Rule.SMALLER_IDS_FIRST);
    }

    public PairMerging(TokenLists pieces, Rule rule) {
        this.rule = rule;
        queue =
                new PriorityQueue<>(
                        (a, b) ->
                                a.count() != b.count()
                                        ? Long.compare(b.count(), a.count())
                                        : rule.compare(a.left(), a.right(), b.left(), b.right()));
        tokens = pieces.tokens();
        starts = new int[pieces.size()];
        lengths = new int[pieces.size()];
        countOfPiece = pieces.counts();
        for (int piece = 0; piece < pieces.size(); piece++) {
            starts[piece] = pieces.start(piece);
            lengths[piece] = pieces.start(piece + 1) - starts[piece];
            for (int i = starts[piece]; i + 1 < starts[piece] + lengths[piece]; i++) {
                gain(tokens[i], tokens[i + 1], piece);
            }
        }
        enqueueGainers();
    }

    private static TokenLists lists(PieceCounts pieces, int[] tokenOfByte) {
        TokenLists lists = new TokenLists(pieces.bytes());
        for (int piece = 0; piece < pieces.size(); piece++) {
            for (int i = 0; i < pieces.length(piece); i++) {
                lists.add(tokenOfByte[pieces.byteAt(piece, i) & 0xFF]);
            }
            lists.end(pieces.count(piece));
        }
        return lists;
    }

    /// The most frequent pair, or null where none occurs at least `minFrequency` times.
    public @Nullable Best poll(long minFrequency) {
        for (Candidate top = queue.poll(); top != null; top = queue.poll()) {
            long count = countOfPair[top.pair()];
            if (count == top.count()) {
                return count < Math.max(1, minFrequency)
                        ? null
                        : new Best(top.left(), top.right(), top.pieces());
            }
            queue.add(new Candidate(top.pair(), top.left(), top.right(), count, top.pieces()));
        }
        return null;
    }

    /// Replaces a pair by a token.
    public void merge(Best pair, int merged) {
        for (int i = 0; i < pair.pieces().size(); i++) {
            merge(pair.pieces().get(i), pair.left(), pair.right(), merged);
        }
        enqueueGainers();
    }

    private void merge(int piece, int left, int right, int merged) {
        int start = starts[piece];
        int end = start + lengths[piece];
        int to = start;
        int from = start;
        while (from < end) {
            if (tokens[from] != left || from + 1 == end || tokens[from + 1] != right) {
                tokens[to++] = tokens[from++];
                continue;
            }
            if (to > start) {
                lose(tokens[to - 1], left, piece);
                gain(tokens[to - 1], merged, piece);
            }
            if (from + 2 < end) {
                lose(right, tokens[from + 2], piece);
                gain(merged, tokens[from + 2], piece);
            }
            tokens[to++] = merged;
            from += 2;
        }
        lengths[piece] = to - start;
    }

    private void gain(int left, int right, int piece) {
        int pair = indexOf(left, right);
        if (refused.get(pair)) {
            return;
        }
        countOfPair[pair] += countOfPiece[piece];
        IntArray pieces = gained[pair];
        if (pieces == null) {
            pieces = new IntArray(4);
            gained[pair] = pieces;
            gainers.add(pair);
        }
        if (pieces.size() == 0 || pieces.get(pieces.size() - 1) != piece) {
            pieces.add(piece);
        }
    }

    private void lose(int left, int right, int piece) {
        countOfPair[indexOf(left, right)] -= countOfPiece[piece];
    }

    private int indexOf(int left, int right) {
        int known = pairs.size();
        int pair = pairs.of(left, right);
        if (pair == known && !rule.mayMerge(left, right)) {
            refused.set(pair);
        }
        if (pair >= countOfPair.length) {
            countOfPair = Arrays.copyOf(countOfPair, 2 * countOfPair.length);
            gained = Arrays.copyOf(gained, countOfPair.length);
        }
        return pair;
    }

    private void enqueueGainers() {
        for (int i = 0; i < gainers.size(); i++) {
            int pair = gainers.get(i);
            IntArray pieces = gained[pair];
            gained[pair] = null;
            if (pieces != null && countOfPair[pair] > 0) {
                queue.add(
                        new Candidate(
                                pair,
                                pairs.left(pair),
                                pairs.right(pair),
                                countOfPair[pair],
                                pieces));
            }
        }
        gainers.clear();
    }
}
