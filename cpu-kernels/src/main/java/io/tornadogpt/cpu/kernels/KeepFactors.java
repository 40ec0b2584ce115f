package io.tornadogpt.cpu.kernels;

import static jdk.incubator.vector.VectorOperators.ROL;
import static jdk.incubator.vector.VectorOperators.XOR;

import io.tornadogpt.core.op.Dropout;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/// What dropout multiplies elements by, 0 or `1 / (1 - p)`: the random words of
/// [io.tornadogpt.core.random.Threefry], many counters at a time.
///
/// A counter, a row and a group of four columns, makes the words of columns `4g` to `4g + 3` of
/// that row. Counters lie in one array, and every two rounds go over all of them: a loop short
/// enough for C2 to keep its vectors in registers, long enough to pay for itself. (Twelve rounds
/// for one vector of counters after the other take six times as long.)
final class KeepFactors {
    private static final int PARITY = 0x1BD11BDA;
    private static final int LOW_BITS = 0xFFFFFF;

    /// Of the key, each after four rounds.
    private static final int INJECTIONS = 3;

    private static final int WORDS = 4;

    private static final VectorShuffle<Float> FIRST_TWICE =
            VectorShuffle.fromOp(Lanes.FLOATS, lane -> lane / 2);
    private static final VectorShuffle<Float> SECOND_TWICE =
            VectorShuffle.fromOp(Lanes.FLOATS, lane -> (lane + Lanes.COUNT) / 2);
    private static final VectorMask<Float> IN_ODD_LANE = Lanes.having(1);

    /// Two a round.
    private static final int[] DISTANCES = {
        10, 26, 11, 21, 13, 27, 23, 5, 6, 20, 17, 11, 25, 10, 18, 20, 10, 26, 11, 21, 13, 27, 23, 5
    };

    /// What is added to the four words before the first round and after every four.
    private final int[] injections;

    private final int threshold;
    private final float scale;

    /// The factors of one place of the model.
    ///
    /// @param rng `[4]` I32: seed low, seed high, step, micro-batch
    /// @param threshold an element is kept if the low 24 bits of its word are at least this
    /// @param scale what kept elements are multiplied by
    KeepFactors(MemorySegment rng, int id, int layer, int threshold, double scale) {
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
    }

    /// The factors of a mask at a layer, for what the random key is when they are asked for.
    static Supplier<KeepFactors> bind(Dropout.Mask mask, Binding binding) {
        MemorySegment rng = binding.at(mask.rng());
        int threshold = mask.threshold();
        int layer = binding.layer();
        return () -> new KeepFactors(rng, mask.id(), layer, threshold, mask.keepScale());
    }

    /// How many ints [#ofRow] works in, and for how many factors it needs room.
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
        for (int i = 0; i < count; i += Lanes.COUNT) {
            begin(words, i, count, Lanes.countFrom(i), broadcast(row));
        }
        mix(words, count);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            weave(words, i, count, out);
        }
    }

    /// Stores the factors of a vector of counters where their columns are.
    private void weave(int[] words, int i, int count, float[] out) {
        FloatVector a = factor(words, i);
        FloatVector b = factor(words, count + i);
        FloatVector c = factor(words, 2 * count + i);
        FloatVector d = factor(words, 3 * count + i);
        FloatVector left = first(a, c);
        FloatVector right = first(b, d);
        int column = WORDS * i;
        first(left, right).intoArray(out, column);
        second(left, right).intoArray(out, column + Lanes.COUNT);
        left = second(a, c);
        right = second(b, d);
        first(left, right).intoArray(out, column + 2 * Lanes.COUNT);
        second(left, right).intoArray(out, column + 3 * Lanes.COUNT);
    }

    /// `a0 b0 a1 b1 ..`, as many as fit.
    private static FloatVector first(FloatVector a, FloatVector b) {
        return a.rearrange(FIRST_TWICE).blend(b.rearrange(FIRST_TWICE), IN_ODD_LANE);
    }

    /// What [#first] leaves.
    private static FloatVector second(FloatVector a, FloatVector b) {
        return a.rearrange(SECOND_TWICE).blend(b.rearrange(SECOND_TWICE), IN_ODD_LANE);
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
            IntVector group = broadcast(firstGroup + i / Lanes.COUNT);
            begin(words, i, count, group, Lanes.countFrom(firstRow));
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
        return factor(words, column % WORDS * lanes + column / WORDS * Lanes.COUNT);
    }

    private FloatVector factor(int[] words, int index) {
        var kept =
                IntVector.fromArray(Lanes.INTS, words, index)
                        .and(LOW_BITS)
                        .compare(VectorOperators.GE, threshold);
        return Lanes.zero().blend(scale, kept.cast(Lanes.FLOATS));
    }

    private static IntVector broadcast(int value) {
        return IntVector.broadcast(Lanes.INTS, value);
    }

    /// Sets counters, with the key added for the first time.
    private void begin(int[] words, int i, int count, IntVector groups, IntVector rows) {
        groups.add(injections[0]).intoArray(words, i);
        rows.add(injections[1]).intoArray(words, count + i);
        broadcast(injections[2]).intoArray(words, 2 * count + i);
        broadcast(injections[3]).intoArray(words, 3 * count + i);
    }

    /// Makes random words of counters.
    ///
    /// @param words four blocks of `count`, of [#begin]
    private void mix(int[] words, int count) {
        for (int part = 0; part < INJECTIONS; part++) {
            int r = 2 * WORDS * part;
            mixTwice(words, count, r, 0, 0, 0, 0);
            int key = WORDS * (part + 1);
            mixTwice(
                    words,
                    count,
                    r + WORDS,
                    injections[key],
                    injections[key + 1],
                    injections[key + 2],
                    injections[key + 3]);
        }
    }

    /// Two rounds of all counters, after which the four keys are added to their words.
    ///
    /// @param r number of the first distance
    private static void mixTwice(int[] words, int count, int r, int k0, int k1, int k2, int k3) {
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
            x1 = x1.lanewise(ROL, d0).lanewise(XOR, x0);
            x2 = x2.add(x3);
            x3 = x3.lanewise(ROL, d1).lanewise(XOR, x2);
            x0 = x0.add(x3);
            x3 = x3.lanewise(ROL, d2).lanewise(XOR, x0);
            x2 = x2.add(x1);
            x1 = x1.lanewise(ROL, d3).lanewise(XOR, x2);
            x0.add(k0).intoArray(words, i);
            x1.add(k1).intoArray(words, count + i);
            x2.add(k2).intoArray(words, 2 * count + i);
            x3.add(k3).intoArray(words, 3 * count + i);
        }
    }
}
