package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Rotary;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Turns pairs of elements of each head by the angles of a row's position.
///
/// Cosines and sines of a row are laid out in arrays once for all of its heads, as the form's pairs
/// lie: then every element is `x * cos + partner * sin`, with the sine's sign in the array.
///
/// @param workers threads
/// @param rows of x
/// @param columns of x
/// @param tableRows R
/// @param form which elements are turned, and how
record RotaryKernel(Workers workers, int rows, int columns, int tableRows, Rotary.Form form) {
    private static final VectorShuffle<Float> NEIGHBOURS = Lanes.exchanging(1);

    static Runnable bind(Rotary op, Binding binding) {
        var kernel =
                new RotaryKernel(
                        binding.workers(),
                        op.x().rows(),
                        op.x().columns(),
                        op.table().rows(),
                        op.form());
        MemorySegment x = binding.at(op.x());
        MemorySegment positions = binding.at(op.positions());
        MemorySegment table = binding.at(op.table());
        MemorySegment first = binding.atOrNull(op.first());
        MemorySegment out = binding.at(op.out());
        return () -> kernel.turn(x, positions, table, first, out);
    }

    /// @param x `[N, C]`
    /// @param positions `[N]` I32
    /// @param table `[R, size]`
    /// @param first `[1]` I32, added to positions; null for 0
    /// @param out `[N, C]`; may be x
    /// @throws IllegalArgumentException if a position has no row in the table
    private void turn(
            MemorySegment x,
            MemorySegment positions,
            MemorySegment table,
            @Nullable MemorySegment first,
            MemorySegment out) {
        int start = first == null ? 0 : first.get(ValueLayout.JAVA_INT, 0);
        long bytes = 4L * columns;
        boolean inPlace = x.address() == out.address();
        int size = form.size();
        var parts = Partition.ofRows(rows, columns);
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    float[] cos = scratch.floats(0, size + Lanes.COUNT);
                    float[] sin = scratch.floats(1, size + Lanes.COUNT);
                    float[] angles = scratch.floats(2, size + Lanes.COUNT);
                    float[] head = scratch.floats(3, size + Lanes.COUNT);
                    for (long row = parts.from(unit); row < parts.to(unit); row++) {
                        if (!inPlace) {
                            MemorySegment.copy(x, row * bytes, out, row * bytes, bytes);
                        }
                        int position = positions.getAtIndex(ValueLayout.JAVA_INT, row);
                        if (position >= 0) {
                            check(row, position, start);
                            long at = 4L * size * (start + position);
                            Packing.rows(table, at, 0, 1, size, angles, 0);
                            layOut(angles, cos, sin);
                            turnRow(out, row * bytes, cos, sin, head);
                        }
                    }
                });
    }

    private void check(long row, int position, int start) {
        if (position >= tableRows - start) {
            throw new IllegalArgumentException(
                    "Rotary: the position of row %d is %d; the table has angles for 0 to %d"
                            .formatted(row, position, tableRows - start - 1));
        }
    }

    /// Angles to the cosine of each element and the factor of its partner.
    private void layOut(float[] angles, float[] cos, float[] sin) {
        int pairs = form.size() / 2;
        float sign = form.inverse() ? -1 : 1;
        for (int pair = 0; pair < pairs; pair++) {
            int a = form.interleaved() ? 2 * pair : pair;
            int b = form.interleaved() ? a + 1 : a + pairs;
            cos[a] = angles[pair];
            cos[b] = angles[pair];
            sin[a] = -sign * angles[pairs + pair];
            sin[b] = sign * angles[pairs + pair];
        }
    }

    private void turnRow(MemorySegment out, long offset, float[] cos, float[] sin, float[] head) {
        for (int i = 0; i < form.heads(); i++) {
            long at = offset + 4L * i * form.headSize();
            Packing.rows(out, at, 0, 1, form.size(), head, 0);
            if (form.interleaved()) {
                turnNeighbours(head, cos, sin, form.size());
            } else {
                turnHalves(head, cos, sin, form.size() / 2);
            }
            Packing.store(head, 0, form.size(), 1, out, at);
        }
    }

    private static void turnNeighbours(float[] head, float[] cos, float[] sin, int size) {
        for (int i = 0; i < size; i += Lanes.COUNT) {
            FloatVector x = Lanes.load(head, i);
            FloatVector partner = x.rearrange(NEIGHBOURS).mul(Lanes.load(sin, i));
            x.fma(Lanes.load(cos, i), partner).intoArray(head, i);
        }
    }

    private static void turnHalves(float[] head, float[] cos, float[] sin, int pairs) {
        int whole = Lanes.FLOATS.loopBound(pairs);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector a = Lanes.load(head, i);
            FloatVector b = Lanes.load(head, pairs + i);
            a.fma(Lanes.load(cos, i), b.mul(Lanes.load(sin, i))).intoArray(head, i);
            b.fma(Lanes.load(cos, pairs + i), a.mul(Lanes.load(sin, pairs + i)))
                    .intoArray(head, pairs + i);
        }
        for (int i = whole; i < pairs; i++) {
            float a = head[i];
            float b = head[pairs + i];
            head[i] = Math.fma(a, cos[i], b * sin[i]);
            head[pairs + i] = Math.fma(b, cos[pairs + i], a * sin[pairs + i]);
        }
    }
}
