package io.tornadogpt.sampler;

/// Finds where to cut a descending order so that what lies before the cut weighs enough, without
/// sorting all of it: quickselect (Hoare, "Algorithm 65: Find", 1961) with weights in place of
/// counts. Expected time is linear.
final class HeaviestPrefix {
    private static final int SMALL = 24;

    private final long[] keys;
    private final double[] weights;
    private int from;
    private int to;
    private int random;

    private HeaviestPrefix(long[] keys, double[] weights, int size) {
        this.keys = keys;
        this.weights = weights;
        this.to = size;
        this.random = size;
    }

    /// The last key of the shortest prefix, in descending order of keys, whose weights sum up to
    /// `enough`; the smallest key where all together do not.
    ///
    /// @param keys no two alike; moved around
    /// @param weights of the keys, none negative; moved with them
    /// @param size number of keys, at least 1
    static long last(long[] keys, double[] weights, int size, double enough) {
        return new HeaviestPrefix(keys, weights, size).last(enough);
    }

    private long last(double enough) {
        double missing = enough;
        while (to - from > SMALL) {
            int middle = partition(pivot());
            double mass = 0;
            for (int i = from; i < middle; i++) {
                mass += weights[i];
            }
            if (mass >= missing) {
                to = middle;
            } else {
                missing -= mass;
                from = middle;
            }
        }
        sortRest();
        while (from < to - 1 && weights[from] < missing) {
            missing -= weights[from++];
        }
        return keys[from];
    }

    /// Moves keys from the pivot up to the front. Since the pivot is neither the largest nor the
    /// smallest of three keys, both sides hold at least one.
    ///
    /// @return where those below the pivot begin
    private int partition(long pivot) {
        int front = from;
        int back = to - 1;
        while (true) {
            while (keys[front] >= pivot) {
                front++;
            }
            while (keys[back] < pivot) {
                back--;
            }
            if (front > back) {
                return front;
            }
            swap(front, back);
        }
    }

    /// The median of three keys of different thirds, at places that no input can foresee by being
    /// sorted, say.
    private long pivot() {
        int third = (to - from) / 3;
        long a = keys[from + nextBelow(third)];
        long b = keys[from + third + nextBelow(third)];
        long c = keys[from + 2 * third + nextBelow(third)];
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }

    private int nextBelow(int bound) {
        random = random * 1_664_525 + 1_013_904_223; // Knuth and Lewis, as in Numerical Recipes
        return (int) (((random & 0xFFFF_FFFFL) * bound) >>> 32);
    }

    private void sortRest() {
        for (int i = from + 1; i < to; i++) {
            for (int j = i; j > from && keys[j] > keys[j - 1]; j--) {
                swap(j, j - 1);
            }
        }
    }

    private void swap(int i, int j) {
        long key = keys[i];
        keys[i] = keys[j];
        keys[j] = key;
        double weight = weights[i];
        weights[i] = weights[j];
        weights[j] = weight;
    }
}
