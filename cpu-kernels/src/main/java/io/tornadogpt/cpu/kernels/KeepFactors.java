package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

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

    private final int k0;
    private final int k1;
    private final int k2;
    private final int k3;
    private final int k4;
    private final int id;
    private final int layer;
    private final int threshold;
    private final float scale;

    /// The factors of one place of the model.
    ///
    /// @param rng `[4]` I32: seed low, seed high, step, micro-batch
    /// @param threshold an element is kept if the low 24 bits of its word are at least this
    /// @param scale what kept elements are multiplied by
    public KeepFactors(MemorySegment rng, int id, int layer, int threshold, double scale) {
        k0 = rng.get(ValueLayout.JAVA_INT, 0);
        k1 = rng.get(ValueLayout.JAVA_INT, 4);
        k2 = rng.get(ValueLayout.JAVA_INT, 8);
        k3 = rng.get(ValueLayout.JAVA_INT, 12);
        k4 = PARITY ^ k0 ^ k1 ^ k2 ^ k3;
        this.id = id;
        this.layer = layer;
        this.threshold = threshold;
        this.scale = (float) scale;
    }

    /// The factors of columns `4 group` to `4 group + 3`, rows in lanes.
    ///
    /// @param out four vectors, one a column
    void ofRows(int group, int firstRow, float[] out) {
        fill(IntVector.broadcast(Lanes.INTS, group), Lanes.countFrom(firstRow), out, 0);
    }

    /// The factors of one row.
    ///
    /// @param columns how many
    /// @param words room to work: as `out`
    /// @param out one a column, rounded up to whole groups of `4 * Lanes.COUNT`
    void ofRow(int row, int columns, float[] words, float[] out) {
        IntVector rows = IntVector.broadcast(Lanes.INTS, row);
        int width = 4 * Lanes.COUNT;
        for (int column = 0; column < columns; column += width) {
            fill(Lanes.countFrom(column / 4), rows, words, column);
            for (int lane = 0; lane < Lanes.COUNT; lane++) {
                for (int word = 0; word < 4; word++) {
                    out[column + 4 * lane + word] = words[column + word * Lanes.COUNT + lane];
                }
            }
        }
    }

    private void fill(IntVector groups, IntVector rows, float[] out, int start) {
        IntVector x0 = groups.add(k0);
        IntVector x1 = rows.add(k1);
        IntVector x2 = IntVector.broadcast(Lanes.INTS, id + k2);
        IntVector x3 = IntVector.broadcast(Lanes.INTS, layer + k3);
        x0 = x0.add(x1);
        x1 = rotate(x1, 10, x0);
        x2 = x2.add(x3);
        x3 = rotate(x3, 26, x2);
        x0 = x0.add(x3);
        x3 = rotate(x3, 11, x0);
        x2 = x2.add(x1);
        x1 = rotate(x1, 21, x2);
        x0 = x0.add(x1);
        x1 = rotate(x1, 13, x0);
        x2 = x2.add(x3);
        x3 = rotate(x3, 27, x2);
        x0 = x0.add(x3);
        x3 = rotate(x3, 23, x0);
        x2 = x2.add(x1);
        x1 = rotate(x1, 5, x2);
        x0 = x0.add(k1);
        x1 = x1.add(k2);
        x2 = x2.add(k3);
        x3 = x3.add(k4 + 1);
        x0 = x0.add(x1);
        x1 = rotate(x1, 6, x0);
        x2 = x2.add(x3);
        x3 = rotate(x3, 20, x2);
        x0 = x0.add(x3);
        x3 = rotate(x3, 17, x0);
        x2 = x2.add(x1);
        x1 = rotate(x1, 11, x2);
        x0 = x0.add(x1);
        x1 = rotate(x1, 25, x0);
        x2 = x2.add(x3);
        x3 = rotate(x3, 10, x2);
        x0 = x0.add(x3);
        x3 = rotate(x3, 18, x0);
        x2 = x2.add(x1);
        x1 = rotate(x1, 20, x2);
        x0 = x0.add(k2);
        x1 = x1.add(k3);
        x2 = x2.add(k4);
        x3 = x3.add(k0 + 2);
        x0 = x0.add(x1);
        x1 = rotate(x1, 10, x0);
        x2 = x2.add(x3);
        x3 = rotate(x3, 26, x2);
        x0 = x0.add(x3);
        x3 = rotate(x3, 11, x0);
        x2 = x2.add(x1);
        x1 = rotate(x1, 21, x2);
        x0 = x0.add(x1);
        x1 = rotate(x1, 13, x0);
        x2 = x2.add(x3);
        x3 = rotate(x3, 27, x2);
        x0 = x0.add(x3);
        x3 = rotate(x3, 23, x0);
        x2 = x2.add(x1);
        x1 = rotate(x1, 5, x2);
        put(x0.add(k3), out, start);
        put(x1.add(k4), out, start + Lanes.COUNT);
        put(x2.add(k0), out, start + 2 * Lanes.COUNT);
        put(x3.add(k1 + 3), out, start + 3 * Lanes.COUNT);
    }

    private static IntVector rotate(IntVector x, int distance, IntVector mixed) {
        return x.lanewise(VectorOperators.ROL, distance).lanewise(VectorOperators.XOR, mixed);
    }

    private void put(IntVector words, float[] out, int start) {
        FloatVector.zero(Lanes.FLOATS)
                .blend(
                        scale,
                        words.and(LOW_BITS)
                                .compare(VectorOperators.GE, threshold)
                                .cast(Lanes.FLOATS))
                .intoArray(out, start);
    }
}
