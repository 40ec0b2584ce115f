package io.tornadogpt.core.tensor;

/// A tensor as it is declared: its name, its shape and what it is for.
///
/// A *stacked* tensor holds one slice per layer, densely one after the other: `shape` is the shape
/// of one slice and `layers` their number. A tensor that is not stacked has `layers` 0.
///
/// @param name unique in a session; the layer of a stacked parameter is written `*`, as in
///   `transformer.h.*.ln_1.weight`
/// @param shape of the tensor, or of one slice if it is stacked
/// @param dtype element type
/// @param role what it is for
/// @param layers number of slices, 0 if it is not stacked
public record TensorSpec(String name, Shape shape, DType dtype, Role role, int layers) {
    public TensorSpec {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a tensor needs a name");
        }
        if (layers < 0) {
            throw new IllegalArgumentException(name + ": layers is " + layers + "; expected >= 0");
        }
    }

    /// A tensor that is not stacked.
    public TensorSpec(String name, Shape shape, DType dtype, Role role) {
        this(name, shape, dtype, role, 0);
    }

    public boolean stacked() {
        return layers > 0;
    }

    /// Number of slices as they lie in memory: 1 for a tensor that is not stacked.
    public int slices() {
        return Math.max(1, layers);
    }

    /// Bytes of one slice.
    public long sliceBytes() {
        return Math.multiplyExact(shape.elements(), dtype.bytes());
    }

    /// Bytes of all slices.
    public long bytes() {
        return Math.multiplyExact(sliceBytes(), slices());
    }

    /// Elements of all slices.
    public long elements() {
        return Math.multiplyExact(shape.elements(), slices());
    }

    /// The name of one slice: `*` becomes the layer's number.
    public String sliceName(int layer) {
        return stacked() ? name.replace("*", Integer.toString(layer)) : name;
    }

    /// The whole tensor, all slices together if it is stacked.
    public Tensor whole() {
        return new Tensor(this, new Slice.Whole());
    }

    /// The slice of one fixed layer.
    public Tensor at(int layer) {
        return new Tensor(this, new Slice.At(layer));
    }

    /// The slice of the layer that a repeated segment is at.
    public Tensor layer() {
        return layer(0);
    }

    /// The slice `shift` layers further than the one a repeated segment is at.
    public Tensor layer(int shift) {
        return new Tensor(this, new Slice.Layer(shift));
    }

    /// The same tensor, stacked alike, under another name and role.
    public TensorSpec as(String newName, Role newRole) {
        return new TensorSpec(newName, shape, dtype, newRole, layers);
    }
}
