package io.tornadogpt.kernels;

import io.tornadogpt.core.op.MeanPool;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The mean of the first rows of each sequence, and its gradient.
public final class MeanPoolKernels {
    private MeanPoolKernels() {}

    /// How [MeanPool] is launched.
    public static OpKernels of(MeanPool o) {
        return OpKernels.of(
                "meanPool",
                (t, g, name) ->
                        g.task(
                                name,
                                MeanPoolKernels::meanPool,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.integers(o.lengths()),
                                t.place(o.lengths()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                o.out().rows(),
                                o.x().shape().dimension(1),
                                o.x().columns()));
    }

    /// How [MeanPool.Backward] is launched.
    public static OpKernels of(MeanPool.Backward o) {
        return OpKernels.of(
                "meanPoolBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                MeanPoolKernels::meanPoolBackward,
                                t.layer(),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.integers(o.lengths()),
                                t.place(o.lengths()),
                                t.floats(o.dX()),
                                t.place(o.dX()),
                                o.dX().rows(),
                                o.dX().shape().dimension(1),
                                o.dX().columns()));
    }

    /// `out[b] = mean(x[b, 0 .. lengths[b] - 1])`, zeros where the length is 0. One work-item a
    /// channel of a sequence. 1 FLOP and 4 bytes an element that is averaged.
    ///
    /// @param x `[B, T, C]`
    /// @param lengths `[B]`, each from 0 to T
    /// @param out `[B, C]`
    public static void meanPool(
            IntArray layer,
            FloatArray x,
            long xPlace,
            IntArray lengths,
            long lengthsPlace,
            FloatArray out,
            long outPlace,
            int batch,
            int positions,
            int channels) {
        for (@Parallel int b = 0; b < batch; b++) {
            for (@Parallel int c = 0; c < channels; c++) {
                int length = lengths.get(Place.start(lengthsPlace, layer) + b);
                int xStart = Place.start(xPlace, layer) + b * positions * channels + c;
                float sum = 0f;
                for (int t = 0; t < length; t++) {
                    sum += x.get(xStart + t * channels);
                }
                float mean = 0f;
                if (length > 0) {
                    mean = sum / length;
                }
                out.set(Place.start(outPlace, layer) + b * channels + c, mean);
            }
        }
    }

    /// `dX[b, t] = dOut[b] / lengths[b]` for the rows that were averaged, 0 for the others. One
    /// work-item and 8 bytes an element.
    ///
    /// @param dOut `[B, C]`
    /// @param lengths `[B]`, each from 0 to T
    /// @param dX `[B, T, C]`
    /// @param rows B x T
    public static void meanPoolBackward(
            IntArray layer,
            FloatArray dOut,
            long dOutPlace,
            IntArray lengths,
            long lengthsPlace,
            FloatArray dX,
            long dXPlace,
            int rows,
            int positions,
            int channels) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int c = 0; c < channels; c++) {
                int b = row / positions;
                int length = lengths.get(Place.start(lengthsPlace, layer) + b);
                float gradient = 0f;
                if (row % positions < length) {
                    gradient = dOut.get(Place.start(dOutPlace, layer) + b * channels + c) / length;
                }
                dX.set(Place.start(dXPlace, layer) + row * channels + c, gradient);
            }
        }
    }
}
