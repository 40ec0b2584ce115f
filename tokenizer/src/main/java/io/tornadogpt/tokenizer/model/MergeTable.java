package io.tornadogpt.tokenizer.model;

import java.util.Arrays;

/// Finds the merge of two neighbouring tokens: an open-addressing hash table from the pair to the
/// merge's rank and result, both in one `long` beside the key.
public final class MergeTable {

    /// What [#find] returns for a pair that does not merge; larger than any other result.
    public static final long NONE = Long.MAX_VALUE;

    private static final long EMPTY = -1;

    private final long[] slots;
    private final int shift;

    /// An empty table with room for so many merges.
    public MergeTable(int merges) {
        int capacity = Math.max(16, Integer.highestOneBit(Math.max(1, merges)) * 4);
        shift = Long.numberOfLeadingZeros(capacity) + 1;
        slots = new long[2 * capacity];
        Arrays.fill(slots, EMPTY);
    }

    /// Merges ranked by their order. Where a pair stands twice the later rank holds, as in Hugging
    /// Face's and OpenAI's readers.
    public MergeTable(Merges merges) {
        this(merges.size());
        for (int rank = 0; rank < merges.size(); rank++) {
            put(merges.left(rank), merges.right(rank), rank, merges.merged(rank));
        }
    }

    /// The merge of `left` and `right` as `rank << 32 | merged token`, or [#NONE].
    public long find(int left, int right) {
        long pair = pair(left, right);
        for (int slot = home(pair); ; slot = next(slot)) {
            long key = slots[slot];
            if (key == pair) {
                return slots[slot + 1];
            }
            if (key == EMPTY) {
                return NONE;
            }
        }
    }

    public static int rank(long merge) {
        return (int) (merge >>> 32);
    }

    public static int token(long merge) {
        return (int) merge;
    }

    /// Adds a merge, or ranks a pair anew.
    public void put(int left, int right, int rank, int merged) {
        long pair = pair(left, right);
        int slot = home(pair);
        while (slots[slot] != EMPTY && slots[slot] != pair) {
            slot = next(slot);
        }
        slots[slot] = pair;
        slots[slot + 1] = ((long) rank << 32) | merged;
    }

    private int home(long pair) {
        return (int) ((pair * 0x9E37_79B9_7F4A_7C15L) >>> shift) << 1;
    }

    private int next(int slot) {
        return (slot + 2) & (slots.length - 1);
    }

    private static long pair(int left, int right) {
        return ((long) left << 32) | right;
    }
}
