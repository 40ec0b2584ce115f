package io.tornadogpt.cpu.kernels;

/// The queries of a block, which lie in lanes, and what they see. An interval of keys that is empty
/// is 0 to 0 here.
final class QueryBlock {
    /// Most queries of a block.
    static final int QUERIES = MicroKernel.BLOCK;

    /// The first key of each query.
    final int[] firsts = new int[QUERIES];

    /// The key behind the last of each query.
    final int[] ends = new int[QUERIES];

    /// The bias of each query's position.
    final float[] biases = new float[QUERIES];

    private int count;

    /// Whether neither border falls from one lane to the next, and no interval is empty: then
    /// nothing has to be looked for.
    private boolean ordered;

    /// @param query the first of `queries`
    void set(VisibleKeys visible, int query, int queries) {
        count = queries;
        ordered = visible.spans() == null;
        for (int i = 0; i < QUERIES; i++) {
            int row = query + Math.min(i, queries - 1);
            firsts[i] = visible.first(row);
            ends[i] = visible.end(row);
        }
        for (int i = 0; !ordered && i < QUERIES; i++) {
            if (firsts[i] >= ends[i]) {
                firsts[i] = 0;
                ends[i] = 0;
            }
        }
    }

    /// Reads the biases of the queries that were set.
    void set(Biases from, VisibleKeys visible, int query) {
        for (int i = 0; i < QUERIES; i++) {
            biases[i] = from.at(visible.firstPosition() + query + Math.min(i, count - 1));
        }
    }

    /// The first key that any query in some lanes sees.
    int first(int from, int to) {
        if (ordered) {
            return firsts[from];
        }
        int first = Integer.MAX_VALUE;
        for (int i = from; i < Math.min(to, count); i++) {
            if (ends[i] > 0) {
                first = Math.min(first, firsts[i]);
            }
        }
        return first;
    }

    /// The key behind the last that any query in some lanes sees; 0 if they see none.
    int end(int from, int to) {
        if (ordered) {
            return ends[to - 1];
        }
        int end = 0;
        for (int i = from; i < Math.min(to, count); i++) {
            end = Math.max(end, ends[i]);
        }
        return end;
    }

    /// From this key on, no lane of a vector has its first key yet to come.
    int lastFirst(int lane) {
        if (ordered) {
            return firsts[lane + Lanes.COUNT - 1];
        }
        int last = 0;
        for (int i = lane; i < lane + Lanes.COUNT; i++) {
            last = Math.max(last, firsts[i]);
        }
        return last;
    }

    /// Before this key, no lane of a vector has had its last key.
    int firstEnd(int lane) {
        if (ordered) {
            return ends[lane];
        }
        int first = Integer.MAX_VALUE;
        for (int i = lane; i < lane + Lanes.COUNT; i++) {
            first = Math.min(first, ends[i]);
        }
        return first;
    }

    /// The first lane that sees one of some keys, or how many lanes there are.
    int firstLane(int key, int end) {
        int lane = 0;
        while (lane < count && !(firsts[lane] < end && ends[lane] > key)) {
            lane++;
        }
        return lane;
    }

    /// The lane behind the last that sees one of some keys, or 0.
    int lastLane(int key, int end) {
        int lane = count;
        while (lane > 0 && !(firsts[lane - 1] < end && ends[lane - 1] > key)) {
            lane--;
        }
        return lane;
    }
}
