package io.tornadogpt.tokenizer.text;

import java.util.Arrays;

/// An `int[]` that grows.
public final class IntArray {

    private int[] values;
    private int size;

    public IntArray(int capacity) {
        values = new int[Math.max(16, capacity)];
    }

    public void add(int value) {
        if (size == values.length) {
            grow(1);
        }
        values[size++] = value;
    }

    public void addAll(int[] more, int from, int count) {
        if (count > values.length - size) {
            grow(count);
        }
        System.arraycopy(more, from, values, size, count);
        size += count;
    }

    public int get(int index) {
        return values[index];
    }

    public int size() {
        return size;
    }

    public void clear() {
        size = 0;
    }

    /// The array behind this one, valid at `[0, size())` until the next change.
    public int[] raw() {
        return values;
    }

    public int[] toArray() {
        return Arrays.copyOf(values, size);
    }

    /// The values at `[from, to)`.
    public int[] copy(int from, int to) {
        return Arrays.copyOfRange(values, from, to);
    }

    private void grow(int more) {
        long wanted = Math.max((long) size + more, size + (size >> 1));
        if ((long) size + more > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "the text has more than 2^31 tokens; encode it as a stream instead");
        }
        values = Arrays.copyOf(values, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
    }
}
