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
        if (slice instanceof Slice.Range(int index, int count)
                && (index < 0 || count < 1 || count > spec.layers() - index)) {
            throw new IllegalArgumentException(
                    "%s has %d slices, so there are no %d slices from slice %d on"
                            .formatted(spec.name(), spec.layers(), count, index));
        }
    }

    /// The shape an operation sees: with the layers in front if this is the whole of a stack.
    public Shape shape() {
        return switch (slice) {
            case Slice.Whole() when spec.stacked() -> spec.shape().stacked(spec.layers());
            case Slice.Range(int _, int count) -> spec.shape().stacked(count);
            default -> spec.shape();
        };
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
        return dtype().bytes(elements());
    }

    /// The first slice that this names while a segment is at `layer`; 0 for a whole tensor.
    public int sliceAt(int layer) {
        return switch (slice) {
            case Slice.Whole() -> 0;
            case Slice.At(int index) -> index;
            case Slice.Range(int index, int _) -> index;
            case Slice.Layer(int shift) -> layer + shift - spec.first();
        };
    }

    /// The same layers of another declaration, whose stack may begin at another layer.
    public Tensor of(TensorSpec other) {
        int moved = spec.first() - other.first();
        return new Tensor(
                other,
                switch (slice) {
                    case Slice.At(int index) -> new Slice.At(index + moved);
                    case Slice.Range(int index, int count) -> new Slice.Range(index + moved, count);
                    case Slice.Whole _, Slice.Layer _ -> slice;
                });
    }

    @Override
    public String toString() {
        String part =
                switch (slice) {
                    case Slice.Whole() -> "";
                    case Slice.At(int index) -> "@" + index;
                    case Slice.Range(int index, int count) ->
                            "@" + index + ".." + (index + count - 1);
                    case Slice.Layer(int shift) -> shift == 0 ? "@l" : "@l%+d".formatted(shift);
                };
        return spec.name() + part + shape();
    }
}
