package io.tornadogpt.tokenizer.training;

import io.tornadogpt.tokenizer.text.IntArray;

import java.util.Arrays;

/// Pieces of text as lists of tokens, each with the number of times that it occurs.
public final class TokenLists {

    private final IntArray tokens;
    private final IntArray starts = new IntArray(1 << 10);
    private long[] counts = new long[1 << 10];

    public TokenLists(int expectedTokens) {
        tokens = new IntArray(expectedTokens);
        starts.add(0);
    }

    /// Adds a token to the list that has not ended yet.
    public void add(int token) {
        tokens.add(token);
    }

    /// Ends a list.
    public void end(long count) {
        if (size() == counts.length) {
            counts = Arrays.copyOf(counts, 2 * counts.length);
        }
        counts[size()] = count;
        starts.add(tokens.size());
    }

    public int size() {
        return starts.size() - 1;
    }

    int start(int list) {
        return starts.get(list);
    }

    int[] tokens() {
        return tokens.toArray();
    }

    long[] counts() {
        return Arrays.copyOf(counts, size());
    }
}
