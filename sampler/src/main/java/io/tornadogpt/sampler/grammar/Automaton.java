package io.tornadogpt.sampler.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;

/// An automaton over bytes whose nodes may call parts of it, so that what is nested needs no
/// copies. It is built from the front: each method continues from a node and returns where it ends.
///
/// Edges are kept in lists by node: a step over a range of bytes, a step over nothing, or a call.
final class Automaton {
    /// More than any schema of people has, few enough to build within a second.
    private static final int MOST_NODES = 60_000;

    private static final int MOST_EDGES = 4 * MOST_NODES;
    private static final int NONE = -1;
    private static final int[] FIRST_OF_LENGTH = {0x80, 0x800, 0x10000, 0x110000};

    /// What an edge is.
    static final int BYTES = 0;

    static final int EMPTY = 1;
    static final int CALL = 2;

    private int[] firstEdge = new int[64];
    private boolean[] ends = new boolean[64];
    private int nodes;
    private int[] kinds = new int[128];
    private int[] targets = new int[128];
    private int[] firsts = new int[128]; // lowest byte, or what is called
    private int[] lasts = new int[128]; // highest byte
    private int[] nextEdge = new int[128];
    private int edges;

    int node() {
        if (nodes == MOST_NODES) {
            throw tooLarge();
        }
        if (nodes == firstEdge.length) {
            firstEdge = Arrays.copyOf(firstEdge, 2 * nodes);
            ends = Arrays.copyOf(ends, 2 * nodes);
        }
        firstEdge[nodes] = NONE;
        return nodes++;
    }

    private static GrammarException tooLarge() {
        return new GrammarException(
                "the schema is too large: it needs more than %d states; make it smaller"
                        .formatted(MOST_NODES));
    }

    private void edge(int from, int kind, int first, int last, int target) {
        if (edges == MOST_EDGES) {
            throw tooLarge();
        }
        if (edges == kinds.length) {
            kinds = Arrays.copyOf(kinds, 2 * edges);
            targets = Arrays.copyOf(targets, 2 * edges);
            firsts = Arrays.copyOf(firsts, 2 * edges);
            lasts = Arrays.copyOf(lasts, 2 * edges);
            nextEdge = Arrays.copyOf(nextEdge, 2 * edges);
        }
        kinds[edges] = kind;
        firsts[edges] = first;
        lasts[edges] = last;
        targets[edges] = target;
        nextEdge[edges] = firstEdge[from];
        firstEdge[from] = edges++;
    }

    /// Marks where a part that is called ends.
    void end(int node) {
        ends[node] = true;
    }

    void empty(int from, int to) {
        edge(from, EMPTY, 0, 0, to);
    }

    int bytes(int from, int first, int last) {
        int to = node();
        edge(from, BYTES, first, last, to);
        return to;
    }

    int call(int from, int part) {
        int to = node();
        edge(from, CALL, part, 0, to);
        return to;
    }

    int literal(int from, String text) {
        int at = from;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            at = bytes(at, b & 0xFF, b & 0xFF);
        }
        return at;
    }

    /// One character of a set, in UTF-8.
    void codePoints(int from, CodePoints set, int to) {
        for (CodePoints.Range range : set.ranges()) {
            int first = range.first();
            for (int limit : FIRST_OF_LENGTH) {
                if (first < limit && first <= range.last()) {
                    int last = Math.min(range.last(), limit - 1);
                    sameLength(from, utf8(first), utf8(last), 0, to);
                    first = last + 1;
                }
            }
        }
    }

    private static int[] utf8(int codePoint) {
        byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
        int[] unsigned = new int[bytes.length];
        Arrays.setAll(unsigned, i -> bytes[i] & 0xFF);
        return unsigned;
    }

    /// The byte sequences from one to another of the same length: those with the first one's first
    /// byte, those with the last one's, and all between.
    private void sameLength(int from, int[] first, int[] last, int at, int to) {
        if (at == first.length - 1) {
            edge(from, BYTES, first[at], last[at], to);
            return;
        }
        if (first[at] == last[at]) {
            sameLength(bytes(from, first[at], first[at]), first, last, at + 1, to);
            return;
        }
        int low = first[at];
        int high = last[at];
        if (!isAll(first, at + 1, 0x80)) {
            sameLength(bytes(from, low, low), first, filled(first, at, 0xBF), at + 1, to);
            low++;
        }
        if (!isAll(last, at + 1, 0xBF)) {
            sameLength(bytes(from, high, high), filled(last, at, 0x80), last, at + 1, to);
            high--;
        }
        if (low <= high) {
            int node = bytes(from, low, high);
            for (int i = at + 1; i < first.length - 1; i++) {
                node = bytes(node, 0x80, 0xBF);
            }
            edge(node, BYTES, 0x80, 0xBF, to);
        }
    }

    private static boolean isAll(int[] bytes, int from, int value) {
        return Arrays.stream(bytes, from, bytes.length).allMatch(b -> b == value);
    }

    private static int[] filled(int[] bytes, int at, int value) {
        int[] copy = bytes.clone();
        Arrays.fill(copy, at + 1, copy.length, value);
        return copy;
    }

    int size() {
        return nodes;
    }

    boolean isEnd(int node) {
        return ends[node];
    }

    /// The first edge of a node; negative where it has none.
    int firstEdge(int node) {
        return firstEdge[node];
    }

    /// The next edge of the same node; negative where there is none.
    int nextEdge(int edge) {
        return nextEdge[edge];
    }

    int kind(int edge) {
        return kinds[edge];
    }

    int target(int edge) {
        return targets[edge];
    }

    /// The lowest byte, or the part that is called.
    int first(int edge) {
        return firsts[edge];
    }

    /// The highest byte.
    int last(int edge) {
        return lasts[edge];
    }

    /// How deep calls must nest at least from each node to the end of its part: a call is only made
    /// where there is room for that, so that no text ever comes to a place that it cannot go on
    /// from.
    int[] leastDepths() {
        int[] depths = new int[nodes];
        Arrays.fill(depths, Integer.MAX_VALUE);
        var users = new Users();
        var work = new ArrayDeque<Integer>();
        for (int node = 0; node < nodes; node++) {
            if (ends[node]) {
                depths[node] = 0;
                work.add(node);
            }
        }
        while (!work.isEmpty()) {
            int changed = work.remove();
            for (int i = users.first[changed]; i >= 0; i = users.next[i]) {
                int user = users.node[i];
                int depth = leastDepth(user, depths);
                if (depth < depths[user]) {
                    depths[user] = depth;
                    work.add(user);
                }
            }
        }
        return depths;
    }

    private int leastDepth(int node, int... depths) {
        int least = ends[node] ? 0 : Integer.MAX_VALUE;
        for (int edge = firstEdge[node]; edge >= 0; edge = nextEdge[edge]) {
            int depth = depths[targets[edge]];
            if (kinds[edge] == CALL) {
                int called = depths[firsts[edge]];
                depth = called == Integer.MAX_VALUE ? called : Math.max(depth, called + 1);
            }
            least = Math.min(least, depth);
        }
        return least;
    }

    /// Of each node, those that have an edge to it or call it.
    private final class Users {
        private final int[] first = new int[nodes];
        private final int[] node = new int[2 * edges];
        private final int[] next = new int[2 * edges];
        private int size;

        Users() {
            Arrays.fill(first, NONE);
            for (int from = 0; from < nodes; from++) {
                for (int edge = firstEdge[from]; edge >= 0; edge = nextEdge[edge]) {
                    add(targets[edge], from);
                    if (kinds[edge] == CALL) {
                        add(firsts[edge], from);
                    }
                }
            }
        }

        private void add(int used, int user) {
            node[size] = user;
            next[size] = first[used];
            first[used] = size++;
        }
    }
}
