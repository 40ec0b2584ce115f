package io.tornadogpt.curation.step;

import java.util.Arrays;

/// Counts hashes: a table with open addressing. Zero stands for an empty place, so it is counted as
/// one.
final class HashCounts {
    private final long[] keys;
    private final int[] counts;
    private final int mask;

    /// @param most different hashes at most
    HashCounts(int most) {
        int size = Integer.highestOneBit(Math.max(8, most) - 1) << 2;
        this.keys = new long[size];
        this.counts = new int[size];
        this.mask = size - 1;
    }

    /// Counts a hash.
    ///
    /// @return how often it has come, with this time
    int add(long hash) {
        long key = hash == 0 ? 1 : hash;
        int at = (int) key & mask;
        while (keys[at] != 0 && keys[at] != key) {
            at = (at + 1) & mask;
        }
        keys[at] = key;
        return ++counts[at];
    }

    /// How often a hash has come.
    int of(long hash) {
        long key = hash == 0 ? 1 : hash;
        int at = (int) key & mask;
        while (keys[at] != 0 && keys[at] != key) {
            at = (at + 1) & mask;
        }
        return counts[at];
    }

    void clear() {
        Arrays.fill(keys, 0);
        Arrays.fill(counts, 0);
    }
}
