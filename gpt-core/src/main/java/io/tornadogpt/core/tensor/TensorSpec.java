package io.tornadogpt.core.tensor;

/// A tensor as it is declared: its name, its shape and what it is for.
///
/// A *stacked* tensor holds one slice per layer, densely one after the other: `shape` is the shape
/// of one slice and `layers` their number. A tensor that is not stacked has `layers` 0. A stack
/// need not begin at layer 0: the gradient of a weight of which only the last two layers are
/// trained is a stack of two slices whose `first` layer is the last but one.
///
/// @param name unique in a session; the layer of a stacked parameter is written `*`, as in
///   `transformer.h.*.ln_1.weight`
/// @param shape of the tensor, or of one slice if it is stacked
/// @param dtype element type; a quantized one needs rows of whole blocks
/// @param role what it is for
/// @param layers number of slices, 0 if it is not stacked
/// @param first layer that the first slice belongs to, 0 if it is not stacked
public record TensorSpec(String name, Shape shape, DType dtype, Role role, int layers, int first) {
    public TensorSpec {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a tensor needs a name");
        }
        if (layers < 0) {
            throw new IllegalArgumentException(name + ": layers is " + layers + "; expected >= 0");
        }
        if (first < 0 || (layers == 0 && first > 0)) {
            throw new IllegalArgumentException(
                    "%s: first is %d with %d layers; expected >= 0, and 0 without layers"
                            .formatted(name, first, layers));
        }
        if (shape.columns() % dtype.blockElements() != 0) {
            throw new IllegalArgumentException(
                    "%s %s: rows of %d elements cannot be of type %s; expected a multiple of %d"
                            .formatted(name, shape, shape.columns(), dtype, dtype.blockElements()));
        }
    }

    /// A tensor that is not stacked.
    public TensorSpec(String name, Shape shape, DType dtype, Role role) {
        this(name, shape, dtype, role, 0);
    }

    /// A tensor that is stacked from layer 0 on, or not at all if `layers` is 0.
    public TensorSpec(String name, Shape shape, DType dtype, Role role, int layers) {
        this(name, shape, dtype, role, layers, 0);
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
        return dtype.bytes(shape.elements());
    }

    /// Bytes of all slices.
    public long bytes() {
        return Math.multiplyExact(sliceBytes(), slices());
    }

    /// Elements of all slices.
    public long elements() {
        return Math.multiplyExact(shape.elements(), slices());
    }

    /// The name of one slice: `*` becomes the number of its layer.
    ///
    /// @param slice counted from 0, whatever the first layer is
    public String sliceName(int slice) {
        return stacked() ? name.replace("*", Integer.toString(first + slice)) : name;
    }

    /// The whole tensor, all slices together if it is stacked.
    public Tensor whole() {
        return new Tensor(this, new Slice.Whole());
    }

    /// One fixed slice.
    ///
    /// @param slice counted from 0, whatever the first layer is
    public Tensor at(int slice) {
        return new Tensor(this, new Slice.At(slice));
    }

    /// Some slices, one after the other: of shape `[count, ..]`.
    ///
    /// @param slice the first of them, counted from 0
    public Tensor range(int slice, int count) {
        return slice == 0 && count == slices()
                ? whole()
                : new Tensor(this, new Slice.Range(slice, count));
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
        return new TensorSpec(newName, shape, dtype, newRole, layers, first);
    }
}
