package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Rotary;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Rotary position embedding (Su et al., 2021): pairs of elements of each head are turned by the
/// angles of a position, whose cosines and sines lie in a table. Turning back is the gradient.
public final class RotaryKernels {
    /// Pairs are neighbours, rather than elements of the two halves.
    public static final int INTERLEAVED = 1;

    /// Pairs are turned back.
    public static final int INVERSE = 2;

    private RotaryKernels() {}

    /// How [Rotary] is launched.
    public static OpKernels of(Rotary o) {
        Rotary.Form form = o.form();
        int options = (form.interleaved() ? INTERLEAVED : 0) + (form.inverse() ? INVERSE : 0);
        return OpKernels.of(
                "rotary",
                (t, g, name) ->
                        g.task(
                                name,
                                RotaryKernels::rotary,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.integers(o.positions()),
                                t.place(o.positions()),
                                t.floats(o.table()),
                                t.place(o.table()),
                                t.integersOrZero(o.first()),
                                t.placeOrWhole(o.first()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                o.x().rows(),
                                o.x().columns(),
                                form.heads(),
                                form.headSize(),
                                form.size(),
                                options));
    }

    /// The pair `(a, b)` of angle t becomes `(a cos t - b sin t, b cos t + a sin t)`; what is not
    /// turned is copied. One work-item a pair, or an element that is copied. 6 FLOPs and 24 bytes a
    /// pair.
    ///
    /// @param x `[rows, columns]`: heads of which the first `size` elements are turned, then
    ///   columns that stay as they are
    /// @param positions `[rows]`; a row whose position is negative stays as it is
    /// @param table `[.., size]`: `size / 2` cosines, then as many sines, for each position
    /// @param first `[1]`, added to the position to find the row of the table
    /// @param out as `x`; may be `x`
    /// @param size even, at most `headSize`
    /// @param options a sum of the constants of this class
    public static void rotary(
            IntArray layer,
            FloatArray x,
            long xPlace,
            IntArray positions,
            long positionsPlace,
            FloatArray table,
            long tablePlace,
            IntArray first,
            long firstPlace,
            FloatArray out,
            long outPlace,
            int rows,
            int columns,
            int heads,
            int headSize,
            int size,
            int options) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int unit = 0; unit < columns - heads * size / 2; unit++) {
                int pairs = size / 2;
                int xRow = Place.start(xPlace, layer) + row * columns;
                int outRow = Place.start(outPlace, layer) + row * columns;
                int position = positions.get(Place.start(positionsPlace, layer) + row);
                if (unit < heads * pairs) {
                    int pair = unit % pairs;
                    int start = unit / pairs * headSize;
                    int a = start + pair;
                    int b = start + pair + pairs;
                    if ((options & INTERLEAVED) != 0) {
                        a = start + 2 * pair;
                        b = start + 2 * pair + 1;
                    }
                    float left = x.get(xRow + a);
                    float right = x.get(xRow + b);
                    float turnedLeft = left;
                    float turnedRight = right;
                    if (position >= 0) {
                        int angle = first.get(Place.start(firstPlace, layer)) + position;
                        int cosines = Place.start(tablePlace, layer) + angle * size + pair;
                        float cos = table.get(cosines);
                        float sin = table.get(cosines + pairs);
                        if ((options & INVERSE) != 0) {
                            sin = -sin;
                        }
                        turnedLeft = left * cos - right * sin;
                        turnedRight = right * cos + left * sin;
                    }
                    out.set(outRow + a, turnedLeft);
                    out.set(outRow + b, turnedRight);
                } else {
                    // The rest of each head, then the columns behind the heads, to which the turned
                    // elements of all heads are before them, as to the rest of the last head. There
                    // is no branch: without such columns, its condition would always be true, which
                    // TornadoVM does not compile.
                    int copied = unit - heads * pairs;
                    int rest = headSize - size;
                    int head = rest > 0 ? Math.min(copied / rest, heads - 1) : heads - 1;
                    int column = (head + 1) * size + copied;
                    out.set(outRow + column, x.get(xRow + column));
                }
            }
        }
    }
}
