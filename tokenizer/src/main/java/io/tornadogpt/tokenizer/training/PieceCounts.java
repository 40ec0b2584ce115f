package io.tornadogpt.tokenizer.training;

import java.util.Arrays;

/// How often each piece of text occurs: an open-addressing hash table over bytes kept in one pool,
/// pieces numbered in order of their first occurrence.
public final class PieceCounts {

    private byte[] pool = new byte[1 << 16];
    private int[] starts = new int[1 << 10];
    private int[] hashes = new int[1 << 10];
    private long[] counts = new long[1 << 10];
    private int size;

    /// Piece number + 1, or 0 for an empty slot.
    private int[] slots = new int[1 << 12];

    public void add(byte[] text, int from, int to, long count) {
        int hash = hash(text, from, to);
        int slot = hash & (slots.length - 1);
        for (int piece; (piece = slots[slot] - 1) >= 0; slot = (slot + 1) & (slots.length - 1)) {
            if (hashes[piece] == hash
                    && Arrays.equals(pool, starts[piece], starts[piece + 1], text, from, to)) {
                counts[piece] += count;
                return;
            }
        }
        slots[slot] = append(text, from, to, hash, count) + 1;
        if (2 * size > slots.length) {
            rehash();
        }
    }

    public void addAll(PieceCounts other) {
        for (int piece = 0; piece < other.size; piece++) {
            add(other.pool, other.starts[piece], other.starts[piece + 1], other.counts[piece]);
        }
    }

    public int size() {
        return size;
    }

    public long count(int piece) {
        return counts[piece];
    }

    public int length(int piece) {
        return starts[piece + 1] - starts[piece];
    }

    public byte byteAt(int piece, int index) {
        return pool[starts[piece] + index];
    }

    /// The bytes of all pieces together.
    public int bytes() {
        return starts[size];
    }

    private int append(byte[] text, int from, int to, int hash, long count) {
        int start = starts[size];
        int length = to - from;
        if (length > Integer.MAX_VALUE - 8 - start) {
            throw new IllegalArgumentException(
                    "the text has more than 2 GiB of distinct pieces; train on a part of it");
        }
        if (start + length > pool.length) {
            long wanted = Math.max((long) start + length, pool.length * 3L / 2);
            pool = Arrays.copyOf(pool, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
        }
        if (size + 2 > starts.length) {
            int capacity = starts.length * 2;
            starts = Arrays.copyOf(starts, capacity);
            hashes = Arrays.copyOf(hashes, capacity);
            counts = Arrays.copyOf(counts, capacity);
        }
        System.arraycopy(text, from, pool, start, length);
        starts[size + 1] = start + length;
        hashes[size] = hash;
        counts[size] = count;
        return size++;
    }

    private void rehash() {
        slots = new int[slots.length * 4];
        for (int piece = 0; piece < size; piece++) {
            int slot = hashes[piece] & (slots.length - 1);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = piece + 1;
        }
    }

    private static int hash(byte[] text, int from, int to) {
        long hash = 0;
        for (int i = from; i < to; i++) {
            hash = (hash ^ text[i]) * 0x100_0000_01B3L;
        }
        hash *= 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> 32);
    }
}
