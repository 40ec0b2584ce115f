package io.tornadogpt.tokenizer;

/// Merges in order of priority: merge `r` makes token `merged[r]` of `left[r]` followed by
/// `right[r]`.
record Merges(int[] left, int[] right, int[] merged) {

    int size() {
        return left.length;
    }
}
