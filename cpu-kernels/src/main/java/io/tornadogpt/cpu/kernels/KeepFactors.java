package io.tornadogpt.cpu.kernels;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What dropout multiplies elements by, 0 or `1 / (1 - p)`: the random words of
/// [io.tornadogpt.core.random.Threefry], a vector of counters at a time.
///
/// A counter makes the words of four neighbouring columns of one row, so one call makes four
/// vectors, for columns `4g` to `4g + 3`: with lanes counting either rows or groups g.
public final class KeepFactors {
    private static final int PARITY = 0x1BD11BDA;
    private static final int LOW_BITS = 0xFFFFFF;

    /// Rounds between two injections of the key.
    private static final int ROUNDS = 4;

    private static final int GROUPS_OF_ROUNDS = 3;

    /// Two a round.
    private static final int[] DISTANCES = {
        10, 26, 11, 21, 13, 27, 23, 5, 6, 20, 17, 11, 25, 10, 18, 20, 10, 26, 11, 21, 13, 27, 23, 5
    };

    /// What is added to the four words before the first round and after each group of rounds.
    private final int[] injections;

    private final int threshold;
    private final float scale;

    /// The factors of one place of the model.
    ///
    /// @param rng `[4]` I32: seed low, seed high, step, micro-batch
    /// @param threshold an element is kept if the low 24 bits of its word are at least this
    /// @param scale what kept elements are multiplied by
    public KeepFactors(MemorySegment rng, int id, int layer, int threshold, double scale) {
        int[] k = rng.toArray(ValueLayout.JAVA_INT);
        int parity = PARITY ^ k[0] ^ k[1] ^ k[2] ^ k[3];
        injections =
                vectors(
                        k[0],
                        k[1],
                        k[2] + id,
                        k[3] + layer,
                        k[1],
                        k[2],
                        k[3],
                        parity + 1,
                        k[2],
                        k[3],
                        parity,
                        k[0] + 2,
                        k[3],
                        parity,
                        k[0],
                        k[1] + 3);
        this.threshold = threshold;
        this.scale = (float) scale;
    }

    /// Each value as often as a vector has lanes.
    private static int[] vectors(int... values) {
        int[] lanes = new int[values.length * Lanes.COUNT];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = values[i / Lanes.COUNT];
        }
        return lanes;
    }

    private static IntVector broadcast(int value) {
        return IntVector.broadcast(Lanes.INTS, value);
    }

    /// The factors of columns `4 group` to `4 group + 3`, rows in lanes.
    ///
    /// @param words room to work: four vectors
    /// @param out four vectors, one a column
    void ofRows(int group, int firstRow, int[] words, float[] out) {
        fill(broadcast(group), Lanes.countFrom(firstRow), words);
        for (int i = 0; i < 4 * Lanes.COUNT; i++) {
            out[i] = factor(words[i]);
        }
    }

    /// The factors of one row.
    ///
    /// @param columns how many
    /// @param words room to work: four vectors
    /// @param out one a column, rounded up to whole groups of `4 * Lanes.COUNT`
    void ofRow(int row, int columns, int[] words, float[] out) {
        IntVector rows = broadcast(row);
        int width = 4 * Lanes.COUNT;
        for (int column = 0; column < columns; column += width) {
            fill(Lanes.countFrom(column / 4), rows, words);
            interleave(words, out, column);
        }
    }

    private void interleave(int[] words, float[] out, int column) {
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            int index = column + 4 * lane;
            out[index] = factor(words[lane]);
            out[index + 1] = factor(words[Lanes.COUNT + lane]);
            out[index + 2] = factor(words[2 * Lanes.COUNT + lane]);
            out[index + 3] = factor(words[3 * Lanes.COUNT + lane]);
        }
    }

    private float factor(int word) {
        return (word & LOW_BITS) >= threshold ? scale : 0;
    }

    /// The loops keep the method small enough for C2 to keep its vectors in registers.
    ///
    /// @param words four vectors, written
    private void fill(IntVector groups, IntVector rows, int[] words) {
        IntVector x0 = inject(groups, 0);
        IntVector x1 = inject(rows, 1);
        IntVector x2 = IntVector.fromArray(Lanes.INTS, injections, 2 * Lanes.COUNT);
        IntVector x3 = IntVector.fromArray(Lanes.INTS, injections, 3 * Lanes.COUNT);
        for (int group = 0; group < GROUPS_OF_ROUNDS; group++) {
            for (int pair = 0; pair < ROUNDS / 2; pair++) {
                int r = 2 * ROUNDS * group + ROUNDS * pair;
                x0 = x0.add(x1);
                x1 = rotate(x1, r, x0);
                x2 = x2.add(x3);
                x3 = rotate(x3, r + 1, x2);
                x0 = x0.add(x3);
                x3 = rotate(x3, r + 2, x0);
                x2 = x2.add(x1);
                x1 = rotate(x1, r + 3, x2);
            }
            int key = 4 * (group + 1);
            x0 = inject(x0, key);
            x1 = inject(x1, key + 1);
            x2 = inject(x2, key + 2);
            x3 = inject(x3, key + 3);
        }
        x0.intoArray(words, 0);
        x1.intoArray(words, Lanes.COUNT);
        x2.intoArray(words, 2 * Lanes.COUNT);
        x3.intoArray(words, 3 * Lanes.COUNT);
    }

    private IntVector inject(IntVector x, int index) {
        return x.add(IntVector.fromArray(Lanes.INTS, injections, index * Lanes.COUNT));
    }

    /// By shifts: AVX2 has no rotation of lanes.
    private static IntVector rotate(IntVector x, int index, IntVector mixed) {
        int distance = DISTANCES[index];
        IntVector left = x.lanewise(LSHL, distance);
        return left.or(x.lanewise(LSHR, Integer.SIZE - distance)).lanewise(XOR, mixed);
    }
}
