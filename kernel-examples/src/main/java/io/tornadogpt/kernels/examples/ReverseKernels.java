package io.tornadogpt.kernels.examples;

import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.kernels.CustomOpKernels;
import io.tornadogpt.kernels.OpKernels;
import io.tornadogpt.kernels.Place;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// [Reverse] as a TornadoVM kernel, and how it is launched.
public final class ReverseKernels implements CustomOpKernels {
    @Override
    public Class<Reverse> op() {
        return Reverse.class;
    }

    @Override
    public OpKernels kernels(CustomOp op) {
        var o = (Reverse) op;
        return OpKernels.of(
                "reverseRows",
                (t, g, name) ->
                        g.task(
                                name,
                                ReverseKernels::reverseRows,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                o.x().rows(),
                                o.x().columns()));
    }

    /// `out[row, c] = x[row, columns - 1 - c]`. One work-item and 8 bytes an element.
    ///
    /// @param x `[rows, columns]`
    /// @param out as `x`; not `x` itself
    public static void reverseRows(
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray out,
            long outPlace,
            int rows,
            int columns) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int c = 0; c < columns; c++) {
                out.set(
                        Place.start(outPlace, layer) + row * columns + c,
                        x.get(Place.start(xPlace, layer) + row * columns + columns - 1 - c));
            }
        }
    }
}
