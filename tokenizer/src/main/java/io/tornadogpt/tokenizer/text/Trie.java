package io.tornadogpt.tokenizer.text;

import java.util.Arrays;

/// A prefix tree over symbols (bytes, chars or code points) with an `int` at the end of each key.
/// Its edges lie in one open-addressing hash table, so that a step costs one look-up and a tree of
/// n nodes 16 bytes a node or so.
public final class Trie {

    /// The node that every key begins at.
    public static final int ROOT = 0;

    /// No such node, and the value of a node where no key ends.
    public static final int NONE = -1;

    private static final int SYMBOL_BITS = 21;
    private static final long EMPTY = -1;

    private long[] edges = new long[1 << 6];
    private int[] targets = new int[1 << 6];
    private int[] values = new int[1 << 5];
    private int nodes = 1;

    public Trie() {
        Arrays.fill(edges, EMPTY);
        values[ROOT] = NONE;
    }

    /// Adds the UTF-8 bytes of a key; a later value of the same key holds.
    public void put(byte[] key, int value) {
        int node = ROOT;
        for (byte symbol : key) {
            node = child(node, symbol & 0xFF);
        }
        values[node] = value;
    }

    /// Adds the chars of a key; a later value of the same key holds.
    public void put(String key, int value) {
        int node = ROOT;
        for (int i = 0; i < key.length(); i++) {
            node = child(node, key.charAt(i));
        }
        values[node] = value;
    }

    /// The node that a symbol leads to, or [#NONE].
    public int next(int node, int symbol) {
        long edge = ((long) node << SYMBOL_BITS) | symbol;
        for (int slot = home(edge); ; slot = (slot + 1) & (edges.length - 1)) {
            if (edges[slot] == edge) {
                return targets[slot];
            }
            if (edges[slot] == EMPTY) {
                return NONE;
            }
        }
    }

    /// The value of the key that ends at a node, or [#NONE].
    public int value(int node) {
        return values[node];
    }

    /// Where the longest key that begins at `text[at]` ends, or [#NONE]; the empty key does not
    /// count.
    public int longestEnd(String text, int at) {
        int end = NONE;
        int node = ROOT;
        for (int i = at; i < text.length(); i++) {
            node = next(node, text.charAt(i));
            if (node == NONE) {
                break;
            }
            if (values[node] != NONE) {
                end = i + 1;
            }
        }
        return end;
    }

    /// Where the longest key that begins at `text[at]` ends, looking no further than `to`, or
    /// [#NONE].
    public int longestEnd(byte[] text, int at, int to) {
        int end = NONE;
        int node = ROOT;
        for (int i = at; i < to; i++) {
            node = next(node, text[i] & 0xFF);
            if (node == NONE) {
                break;
            }
            if (values[node] != NONE) {
                end = i + 1;
            }
        }
        return end;
    }

    /// The value of a key, or [#NONE].
    public int get(String text, int from, int to) {
        int node = ROOT;
        for (int i = from; i < to && node != NONE; i++) {
            node = next(node, text.charAt(i));
        }
        return node == NONE ? NONE : values[node];
    }

    /// How many nodes there are; their numbers are smaller, and a parent's than its children's.
    int nodes() {
        return nodes;
    }

    /// All edges, ordered by their node and then by their symbol.
    long[] sortedEdges() {
        return Arrays.stream(edges).filter(edge -> edge != EMPTY).sorted().toArray();
    }

    static int node(long edge) {
        return (int) (edge >>> SYMBOL_BITS);
    }

    static int symbol(long edge) {
        return (int) edge & ((1 << SYMBOL_BITS) - 1);
    }

    private int child(int node, int symbol) {
        int known = next(node, symbol);
        if (known != NONE) {
            return known;
        }
        if (nodes == values.length) {
            values = Arrays.copyOf(values, 2 * nodes);
        }
        if (2 * nodes >= edges.length) {
            rehash();
        }
        values[nodes] = NONE;
        insert(((long) node << SYMBOL_BITS) | symbol, nodes);
        return nodes++;
    }

    private void insert(long edge, int target) {
        int slot = home(edge);
        while (edges[slot] != EMPTY) {
            slot = (slot + 1) & (edges.length - 1);
        }
        edges[slot] = edge;
        targets[slot] = target;
    }

    private void rehash() {
        long[] oldEdges = edges;
        int[] oldTargets = targets;
        edges = new long[4 * oldEdges.length];
        targets = new int[edges.length];
        Arrays.fill(edges, EMPTY);
        for (int i = 0; i < oldEdges.length; i++) {
            if (oldEdges[i] != EMPTY) {
                insert(oldEdges[i], oldTargets[i]);
            }
        }
    }

    private int home(long edge) {
        long hash = edge * 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> (64 - Integer.numberOfTrailingZeros(edges.length)));
    }
}
