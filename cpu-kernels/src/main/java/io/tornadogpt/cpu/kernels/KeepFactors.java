package io.tornadogpt.cpu.kernels;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// What dropout multiplies elements by, 0 or `1 / (1 - p)`: the random words of
/// [io.tornadogpt.core.random.Threefry], many counters at a time.
///
/// A counter, a row and a group of four columns, makes the words of columns `4g` to `4g + 3` of
/// that row. Counters lie in one array, and every two rounds go over all of them: a loop short
/// enough for C2 to keep its vectors in registers, long enough to pay for itself. (Twelve rounds
/// for one vector of counters after the other take six times as long.)
public final class KeepFactors {
    private static final int PARITY = 0x1BD11BDA;
    private static final int LOW_BITS = 0xFFFFFF;

    /// Pairs of rounds between two injections of the key.
    private static final int PAIRS = 2;

    private static final int INJECTIONS = 3;

    private static final int WORDS = 4;

    /// Two a round.
    private static final int[] DISTANCES = {
        10, 26, 11, 21, 13, 27, 23, 5, 6, 20, 17, 11, 25, 10, 18, 20, 10, 26, 11, 21, 13, 27, 23, 5
    };

    /// What is added to the four words before the first round and after every four.
    private final int[] injections;

    private final int threshold;
    private final float scale;
    private final int scaleBits;

    /// The factors of one place of the model.
    ///
    /// @param rng `[4]` I32: seed low, seed high, step, micro-batch
    /// @param threshold an element is kept if the low 24 bits of its word are at least this
    /// @param scale what kept elements are multiplied by
    public KeepFactors(MemorySegment rng, int id, int layer, int threshold, double scale) {
        int[] k = rng.toArray(ValueLayout.JAVA_INT);
        int parity = PARITY ^ k[0] ^ k[1] ^ k[2] ^ k[3];
        injections =
                new int[] {
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
                    k[1] + 3
                };
        this.threshold = threshold;
        this.scale = (float) scale;
        this.scaleBits = Float.floatToRawIntBits(this.scale);
    }

    /// How many ints [#ofRow] works in.
    static int wordsOfRow(int columns) {
        return WORDS * Packing.roundUp(Math.ceilDiv(columns, WORDS), Lanes.COUNT);
    }

    /// The factors of one row.
    ///
    /// @param columns how many
    /// @param words room to work, [#wordsOfRow]
    /// @param out one a column; has room for as many as `words`
    void ofRow(int row, int columns, int[] words, float[] out) {
        int count = wordsOfRow(columns) / WORDS;
        for (int i = 0; i < count; i++) {
            words[i] = i;
            words[count + i] = row;
        }
        mix(words, count);
        for (int i = 0; i < count; i++) {
            int column = WORDS * i;
            out[column] = factor(words[i]);
            out[column + 1] = factor(words[count + i]);
            out[column + 2] = factor(words[2 * count + i]);
            out[column + 3] = factor(words[3 * count + i]);
        }
    }

    /// Without a branch, which would be mispredicted as often as elements are dropped.
    private float factor(int word) {
        int dropped = (word & LOW_BITS) - threshold >> Integer.SIZE - 1; // all bits or none
        return Float.intBitsToFloat(scaleBits & ~dropped);
    }

    /// How many ints [#ofColumns] works in.
    static int wordsOfColumns(int columns) {
        return WORDS * Lanes.COUNT * (Math.ceilDiv(columns, WORDS) + 1);
    }

    /// The factors of a vector's worth of rows, for [#factor(int[], int, int)] to read.
    ///
    /// @param firstColumn of `columns`
    /// @param words written, [#wordsOfColumns]
    void ofColumns(int firstColumn, int columns, int firstRow, int[] words) {
        int firstGroup = firstColumn / WORDS;
        int count = lanes(firstColumn, columns);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            broadcast(firstGroup + i / Lanes.COUNT).intoArray(words, i);
            Lanes.countFrom(firstRow).intoArray(words, count + i);
        }
        mix(words, count);
    }

    /// Counters of some columns, a vector's worth for each group.
    static int lanes(int firstColumn, int columns) {
        int end = Math.ceilDiv(firstColumn + columns, WORDS);
        return (end - firstColumn / WORDS) * Lanes.COUNT;
    }

    /// The factors of one column, rows in lanes.
    ///
    /// @param words of [#ofColumns]
    /// @param lanes what [#lanes] says of the same columns
    /// @param column counted from the first column of the first column's group
    FloatVector factor(int[] words, int lanes, int column) {
        int index = column % WORDS * lanes + column / WORDS * Lanes.COUNT;
        var kept =
                IntVector.fromArray(Lanes.INTS, words, index)
                        .and(LOW_BITS)
                        .compare(VectorOperators.GE, threshold);
        return Lanes.zero().blend(scale, kept.cast(Lanes.FLOATS));
    }

    private static IntVector broadcast(int value) {
        return IntVector.broadcast(Lanes.INTS, value);
    }

    /// Makes random words of counters.
    ///
    /// @param words four blocks of `count`; the first holds groups, the second rows
    private void mix(int[] words, int count) {
        Arrays.fill(words, 2 * count, WORDS * count, 0);
        inject(words, count, 0);
        for (int part = 0; part < INJECTIONS; part++) {
            for (int pair = 0; pair < PAIRS; pair++) {
                mixTwice(words, count, 2 * WORDS * part + WORDS * pair);
            }
            inject(words, count, WORDS * (part + 1));
        }
    }

    private void inject(int[] words, int count, int key) {
        for (int word = 0; word < WORDS; word++) {
            add(injections[key + word], words, word * count, (word + 1) * count);
        }
    }

    private static void add(int value, int[] words, int from, int to) {
        for (int i = from; i < to; i++) {
            words[i] += value;
        }
    }

    /// Two rounds of all counters.
    ///
    /// @param r number of the first distance
    private static void mixTwice(int[] words, int count, int r) {
        int d0 = DISTANCES[r];
        int d1 = DISTANCES[r + 1];
        int d2 = DISTANCES[r + 2];
        int d3 = DISTANCES[r + 3];
        for (int i = 0; i < count; i += Lanes.COUNT) {
            IntVector x0 = IntVector.fromArray(Lanes.INTS, words, i);
            IntVector x1 = IntVector.fromArray(Lanes.INTS, words, count + i);
            IntVector x2 = IntVector.fromArray(Lanes.INTS, words, 2 * count + i);
            IntVector x3 = IntVector.fromArray(Lanes.INTS, words, 3 * count + i);
            x0 = x0.add(x1);
            x1 = rotate(x1, d0).lanewise(XOR, x0);
            x2 = x2.add(x3);
            x3 = rotate(x3, d1).lanewise(XOR, x2);
            x0 = x0.add(x3);
            x3 = rotate(x3, d2).lanewise(XOR, x0);
            x2 = x2.add(x1);
            x1 = rotate(x1, d3).lanewise(XOR, x2);
            x0.intoArray(words, i);
            x1.intoArray(words, count + i);
            x2.intoArray(words, 2 * count + i);
            x3.intoArray(words, 3 * count + i);
        }
    }

    /// By shifts: AVX2 has no rotation of lanes.
    private static IntVector rotate(IntVector x, int distance) {
        return x.lanewise(LSHL, distance).or(x.lanewise(LSHR, Integer.SIZE - distance));
    }
}
