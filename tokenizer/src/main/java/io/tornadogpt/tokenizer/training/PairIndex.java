package io.tornadogpt.tokenizer.training;

import java.util.Arrays;

/// Numbers pairs of tokens 0, 1, 2, ... in order of their first look-up.
public final class PairIndex {

    private long[] pairs = new long[1 << 12];
    private int size;

    /// Pair number + 1, or 0 for an empty slot.
    private int[] slots = new int[1 << 14];

    public int of(int left, int right) {
        long pair = ((long) left << 32) | right;
        int slot = home(pair);
        for (int index; (index = slots[slot] - 1) >= 0; slot = (slot + 1) & (slots.length - 1)) {
            if (pairs[index] == pair) {
                return index;
            }
        }
        if (size == pairs.length) {
            pairs = Arrays.copyOf(pairs, 2 * size);
        }
        pairs[size++] = pair;
        slots[slot] = size;
        if (2 * size > slots.length) {
            rehash();
        }
        return size - 1;
    }

    public int left(int index) {
        return (int) (pairs[index] >>> 32);
    }

    public int right(int index) {
        return (int) pairs[index];
    }

    public int size() {
        return size;
    }

    private void rehash() {
        slots = new int[4 * slots.length];
        for (int index = 0; index < size; index++) {
            int slot = home(pairs[index]);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = index + 1;
        }
    }

    private int home(long pair) {
        long hash = pair * 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> (64 - Integer.numberOfTrailingZeros(slots.length)));
    }
}
