package io.tornadogpt.core.tensor;

/// A tensor as an operation names it: a declared tensor, or one layer of a stacked one.
///
/// @param spec the declaration
/// @param slice which part
public record Tensor(TensorSpec spec, Slice slice) {
    public Tensor {
        if (!spec.stacked() && !(slice instanceof Slice.Whole)) {
            throw new IllegalArgumentException(
                    spec.name() + " is not stacked, so it has no " + slice);
        }
        if (slice instanceof Slice.At(int index) && (index < 0 || index >= spec.layers())) {
            throw new IllegalArgumentException(
                    "%s has %d slices, so there is no slice %d"
                            .formatted(spec.name(), spec.layers(), index));
        }
    }

    /// The shape an operation sees: with the layers in front if this is the whole of a stack.
    public Shape shape() {
        return slice instanceof Slice.Whole && spec.stacked()
                ? spec.shape().stacked(spec.layers())
                : spec.shape();
    }

    public DType dtype() {
        return spec.dtype();
    }

    public int rows() {
        return shape().rows();
    }

    public int columns() {
        return shape().columns();
    }

    public long elements() {
        return shape().elements();
    }

    public long bytes() {
        return elements() * dtype().bytes();
    }

    /// The first slice that this names while a segment is at `layer`; 0 for a whole tensor.
    public int sliceAt(int layer) {
        return switch (slice) {
            case Slice.Whole() -> 0;
            case Slice.At(int index) -> index;
            case Slice.Layer(int shift) -> layer + shift;
        };
    }

    /// The same slice of another declaration.
    public Tensor of(TensorSpec other) {
        return new Tensor(other, slice);
    }

    @Override
    public String toString() {
        String part =
                switch (slice) {
                    case Slice.Whole() -> "";
                    case Slice.At(int index) -> "@" + index;
                    case Slice.Layer(int shift) -> shift == 0 ? "@l" : "@l%+d".formatted(shift);
                };
        return spec.name() + part + shape();
    }
}
