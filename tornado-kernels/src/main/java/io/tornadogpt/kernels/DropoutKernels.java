package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Inverted dropout (Srivastava et al., 2014), and the mask that attention applies to its
/// probabilities. Which elements are kept is a function of key, place, layer, row and column, the
/// same bits as the reference's, so no mask is stored and the gradient is the same kernel applied
/// to `dOut`.
public final class DropoutKernels {
    private DropoutKernels() {}

    /// How [Dropout] is launched.
    public static OpKernels of(Dropout o) {
        return OpKernels.of(
                "dropout",
                (t, g, name) ->
                        g.task(
                                name,
                                DropoutKernels::dropout,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.integers(o.mask().rng()),
                                t.place(o.mask().rng()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                o.x().rows(),
                                o.x().columns(),
                                o.mask().threshold(),
                                (float) o.mask().keepScale(),
                                o.mask().id()));
    }

    /// `out = x * keepScale` where the element is kept, 0 elsewhere. One work-item an element.
    /// About 80 integer operations and 8 bytes an element.
    ///
    /// @param x `[rows, columns]`
    /// @param rng `[4]`: seed low, seed high, step, micro-batch
    /// @param out as `x`
    /// @param threshold an element is kept if the low 24 bits of its random word are at least this:
    ///   `round(p * 2^24)`
    /// @param keepScale `1 / (1 - p)`
    /// @param id number of this place in the model
    public static void dropout(
            IntArray layer,
            FloatArray x,
            long xPlace,
            IntArray rng,
            long rngPlace,
            FloatArray out,
            long outPlace,
            int rows,
            int columns,
            int threshold,
            float keepScale,
            int id) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int column = 0; column < columns; column++) {
                int element = row * columns + column;
                int key = Place.start(rngPlace, layer);
                int bits = bits(rng, key, row, column, id, layer.get(0));
                float value = 0f;
                if (bits >= threshold) {
                    value = x.get(Place.start(xPlace, layer) + element) * keepScale;
                }
                out.set(Place.start(outPlace, layer) + element, value);
            }
        }
    }

    /// The key of a mask that may be missing.
    static @Nullable Tensor rng(Dropout.@Nullable Mask mask) {
        return mask == null ? null : mask.rng();
    }

    /// What attention's probabilities are masked with, in one argument: 0 where there is no mask.
    static long mask(Dropout.@Nullable Mask mask) {
        return mask == null ? 0 : mask(mask.threshold(), mask.id());
    }

    /// What attention's probabilities are masked with, in one argument: the threshold and the
    /// number of the place. 0 stands for no dropout.
    ///
    /// @param threshold see [#dropout]
    /// @param id number of this place in the model
    public static long mask(int threshold, int id) {
        return ((long) id << 32) | threshold;
    }

    /// 24 random bits.
    static int bits(IntArray rng, int key, int row, int column, int id, int layer) {
        return ThreefryRounds.word(
                        rng.get(key),
                        rng.get(key + 1),
                        rng.get(key + 2),
                        rng.get(key + 3),
                        row,
                        column,
                        id,
                        layer)
                & 0xFFFFFF;
    }
}
