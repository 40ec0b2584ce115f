package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.random.Threefry;

import org.jspecify.annotations.Nullable;

/// Which elements dropout keeps, and what they are multiplied by.
final class RandomMask {
    private final Dropout.Mask mask;
    private final Threefry random;
    private final int layer;

    private RandomMask(Dropout.Mask mask, Frame frame) {
        this.mask = mask;
        Integers key = frame.integers(mask.rng());
        this.random = new Threefry(key.get(0), key.get(1), key.get(2), key.get(3));
        this.layer = frame.layer();
    }

    /// The factors of `mask`, or null where there is no dropout.
    static @Nullable RandomMask of(Dropout.@Nullable Mask mask, Frame frame) {
        return mask == null ? null : new RandomMask(mask, frame);
    }

    /// `1 / (1 - p)` where the element is kept, 0 where it is dropped.
    double factor(int row, int column) {
        int word = random.word(row, column, mask.id(), layer);
        return (word & 0xFFFFFF) >= mask.threshold() ? mask.keepScale() : 0;
    }

    /// Its gradient is the same operation applied to dOut.
    static void forward(Dropout op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix out = frame.matrix(op.out());
        var mask = new RandomMask(op.mask(), frame);
        for (int row = 0; row < x.rows(); row++) {
            for (int c = 0; c < x.columns(); c++) {
                double factor = mask.factor(row, c);
                out.set(row, c, factor == 0 ? 0 : factor * x.get(row, c));
            }
        }
    }
}
