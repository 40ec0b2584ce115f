package io.tornadogpt.tokenizer.text;

import java.util.Arrays;
import java.util.BitSet;

/// A prefix tree over chars that no longer grows, as a double array (Aoe 1989): the child of a node
/// lies in the cell `base of the node + code of the char`, and a cell knows its parent. A step is
/// one addition and one comparison in one line of the cache, where [Trie] looks an edge up in a
/// hash table. Immutable, and may be shared between threads.
public final class PackedTrie {

    /// The node that every key begins at.
    public static final int ROOT = 0;

    /// No such node, and the value of a node where no key ends.
    public static final int NONE = -1;

    /// Parent, base and value of a cell, and one unused, so that a cell never lies in two lines.
    private static final int STRIDE = 4;

    private static final int PATIENCE = 64;

    /// A number for each char that is in any key, from 1 on; 0 for all others.
    private final int[] codes;

    private int[] cells = new int[0];
    private int largestCode;

    /// @param trie keys of chars
    public PackedTrie(Trie trie) {
        codes = new int[1 << 16];
        long[] edges = trie.sortedEdges();
        for (long edge : edges) {
            codes[Trie.symbol(edge)] = 1;
        }
        for (int symbol = 0; symbol < codes.length; symbol++) {
            if (codes[symbol] != 0) {
                codes[symbol] = ++largestCode;
            }
        }
        place(trie, edges);
    }

    /// The node that a char leads to, or [#NONE].
    public int next(int node, char symbol) {
        int code = codes[symbol];
        int child = cells[STRIDE * node + 1] + code;
        return code != 0 && cells[STRIDE * child] == node ? child : NONE;
    }

    /// The value of the key that ends at a node, or [#NONE].
    public int value(int node) {
        return cells[STRIDE * node + 2];
    }

    /// Gives the children of each node, parents first, the first base where all of their cells are
    /// free. What is nearly full is not looked at again.
    private void place(Trie trie, long[] edges) {
        int[] cellOf = new int[trie.nodes()];
        BitSet used = new BitSet();
        used.set(ROOT);
        grow(ROOT);
        cells[2] = trie.value(Trie.ROOT);
        int open = 1;
        for (int from = 0, to; from < edges.length; from = to) {
            int node = Trie.node(edges[from]);
            to = from;
            while (to < edges.length && Trie.node(edges[to]) == node) {
                to++;
            }
            int first = codes[Trie.symbol(edges[from])];
            int tries = 0;
            int cell = used.nextClearBit(Math.max(open, first + 1));
            while (!fits(used, cell - first, edges, from, to)) {
                cell = used.nextClearBit(cell + 1);
                tries++;
            }
            if (tries > PATIENCE) {
                open = cell;
            }
            int base = cell - first;
            int parent = cellOf[node];
            cells[STRIDE * parent + 1] = base;
            for (int i = from; i < to; i++) {
                int symbol = Trie.symbol(edges[i]);
                int child = base + codes[symbol];
                int target = trie.next(node, symbol);
                used.set(child);
                grow(child);
                cells[STRIDE * child] = parent;
                cells[STRIDE * child + 2] = trie.value(target);
                cellOf[target] = child;
            }
        }
    }

    private boolean fits(BitSet used, int base, long[] edges, int from, int to) {
        for (int i = from; i < to; i++) {
            if (used.get(base + codes[Trie.symbol(edges[i])])) {
                return false;
            }
        }
        return true;
    }

    /// Makes room for a cell, and behind it for all codes, so that a step needs no look at the end.
    private void grow(int cell) {
        int wanted = STRIDE * (cell + largestCode + 1);
        if (wanted > cells.length) {
            int before = cells.length;
            int more = before / STRIDE / 2 * STRIDE;
            cells = Arrays.copyOf(cells, Math.max(wanted, before + more));
            Arrays.fill(cells, before, cells.length, NONE);
            for (int i = before; i < cells.length; i += STRIDE) {
                // A node without children: no cell among the first has it for a parent.
                cells[i + 1] = 0;
            }
        }
    }
}
