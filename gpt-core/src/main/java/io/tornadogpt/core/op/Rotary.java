package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Rotary position embedding (Su et al., "RoFormer", 2021): turns pairs of elements of each head by
/// angles that grow with the position. The pair `(a, b)` of angle t becomes `(a cos t - b sin t, b
/// cos t + a sin t)`.
///
/// Angles are no business of this operation: their cosines and sines lie in a table that the host
/// makes, with whatever base and scaling a model has.
///
/// @param x `[B, T, ..]`; the first `heads * headSize` columns are heads that are turned, the
///   others stay as they are
/// @param positions `[B, T]` I32; a row whose position is negative stays as it is
/// @param table `[R, size]`: a row for each position, `size / 2` cosines, then as many sines
/// @param first `[1]` I32, added to positions to find the row of the table, so that layers of
///   several kinds have tables one behind the other; null for 0
/// @param out as `x`
/// @param form which elements are turned, and how
public record Rotary(
        Tensor x, Tensor positions, Tensor table, @Nullable Tensor first, Tensor out, Form form)
        implements Op {
    /// Which elements are turned, and how.
    ///
    /// @param heads that are turned
    /// @param headSize D, elements of a head
    /// @param size the first elements of a head, which are turned; even, at most D
    /// @param interleaved whether pairs are neighbours (0, 1), (2, 3) .. rather than halves (0,
    ///   size/2), (1, size/2 + 1) ..
    /// @param inverse whether to turn back: the gradient of turning
    public record Form(int heads, int headSize, int size, boolean interleaved, boolean inverse) {
        public Form {
            Expect.that(
                    heads >= 1 && size >= 2 && size % 2 == 0 && size <= headSize,
                    "Rotary: %d heads of %d elements, %d of them turned; expected an even number"
                            + " from 2 to the head's size",
                    heads,
                    headSize,
                    size);
        }

        Form inverted() {
            return new Form(heads, headSize, size, interleaved, !inverse);
        }
    }

    public Rotary {
        Expect.that(
                x.columns() >= form.heads * form.headSize,
                "Rotary: x is %s; expected at least %d heads of %d columns",
                x,
                form.heads,
                form.headSize);
        Expect.elements("Rotary", "positions", positions, x.rows(), DType.I32);
        Expect.shape("Rotary", "table", table, table.rows(), form.size);
        if (first != null) {
            Expect.elements("Rotary", "first", first, 1, DType.I32);
        }
        Expect.sameShape("Rotary", "out", out, "x", x);
    }

    @Override
    public List<Tensor> inputs() {
        var inputs = new ArrayList<>(List.of(x, positions, table));
        if (first != null) {
            inputs.add(first);
        }
        return inputs;
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    /// Both elements of a pair are read before either is written.
    @Override
    public List<Tensor> overwritable() {
        return List.of(x);
    }

    @Override
    public Rotary map(UnaryOperator<Tensor> f) {
        return new Rotary(
                f.apply(x),
                f.apply(positions),
                f.apply(table),
                first == null ? null : f.apply(first),
                f.apply(out),
                form);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(
                    new Rotary(
                            dOut, positions, table, first, gradients.assigned(x), form.inverted()));
        }
    }

    @Override
    public long flops() {
        return 3L * x.rows() * form.heads * form.size;
    }
}
