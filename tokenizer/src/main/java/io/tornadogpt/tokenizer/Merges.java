package io.tornadogpt.tokenizer;

/// Merges in order of priority: each makes one token of two neighbours, the first before the second
/// wherever both could.
final class Merges {

    private final IntArray left;
    private final IntArray right;
    private final IntArray merged;

    Merges(int expected) {
        left = new IntArray(expected);
        right = new IntArray(expected);
        merged = new IntArray(expected);
    }

    /// Adds the merge that comes after all others.
    void add(int leftToken, int rightToken, int mergedToken) {
        left.add(leftToken);
        right.add(rightToken);
        merged.add(mergedToken);
    }

    int size() {
        return left.size();
    }

    int left(int rank) {
        return left.get(rank);
    }

    int right(int rank) {
        return right.get(rank);
    }

    int merged(int rank) {
        return merged.get(rank);
    }
}
