package io.tornadogpt.tokenizer.model;

import io.tornadogpt.tokenizer.text.IntArray;

/// Merges in order of priority: each makes one token of two neighbours, the first before the second
/// wherever both could.
public final class Merges {

    private final IntArray left;
    private final IntArray right;
    private final IntArray merged;

    public Merges(int expected) {
        left = new IntArray(expected);
        right = new IntArray(expected);
        merged = new IntArray(expected);
    }

    /// Adds the merge that comes after all others.
    public void add(int leftToken, int rightToken, int mergedToken) {
        left.add(leftToken);
        right.add(rightToken);
        merged.add(mergedToken);
    }

    public int size() {
        return left.size();
    }

    public int left(int rank) {
        return left.get(rank);
    }

    public int right(int rank) {
        return right.get(rank);
    }

    public int merged(int rank) {
        return merged.get(rank);
    }
}
