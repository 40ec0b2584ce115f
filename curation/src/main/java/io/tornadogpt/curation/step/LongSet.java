package io.tornadogpt.curation.step;

import java.util.Arrays;

/// A set of hashes: a table with open addressing, at most half full, so 16 to 32 bytes a hash. Zero
/// stands for an empty place, so it is kept as one.
///
/// Any number of threads may ask once all hashes are in.
final class LongSet {
    private long[] keys = new long[1 << 10];
    private int size;

    void add(long hash) {
        if (2 * (size + 1) > keys.length) {
            grow();
        }
        if (put(keys, hash == 0 ? 1 : hash)) {
            size++;
        }
    }

    private void grow() {
        if (keys.length == 1 << 30) {
            throw new IllegalArgumentException(
                    "there are more than %d n-grams to look for; give fewer files".formatted(size));
        }
        var larger = new long[2 * keys.length];
        for (long key : keys) {
            if (key != 0) {
                put(larger, key);
            }
        }
        keys = larger;
    }

    private static boolean put(long[] keys, long key) {
        int at = place(keys, key);
        boolean isNew = keys[at] == 0;
        keys[at] = key;
        return isNew;
    }

    private static int place(long[] keys, long key) {
        int mask = keys.length - 1;
        int at = (int) key & mask;
        while (keys[at] != 0 && keys[at] != key) {
            at = (at + 1) & mask;
        }
        return at;
    }

    boolean contains(long hash) {
        long key = hash == 0 ? 1 : hash;
        return keys[place(keys, key)] == key;
    }

    int size() {
        return size;
    }

    /// The hashes in their order, for tests and files.
    long[] sorted() {
        return Arrays.stream(keys).filter(key -> key != 0).sorted().toArray();
    }
}
