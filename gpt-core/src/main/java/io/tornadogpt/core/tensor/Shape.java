package io.tornadogpt.core.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The dimensions of a tensor, outermost first; elements are row-major and dense.
///
/// Matrix operations see every shape as `rows() x columns()`: the last dimension is the columns,
/// all others are flattened to rows, so `[B, T, C]` is a `B*T x C` matrix.
///
/// @param dimensions sizes, each at least 1; at least one dimension
public record Shape(List<Integer> dimensions) {
    public Shape {
        dimensions = List.copyOf(dimensions);
        if (dimensions.isEmpty()) {
            throw new IllegalArgumentException("a shape needs at least one dimension");
        }
        long elements = 1;
        for (int size : dimensions) {
            if (size < 1) {
                throw new IllegalArgumentException(
                        "shape " + dimensions + " has a dimension of " + size + "; expected >= 1");
            }
            elements = Math.multiplyExact(elements, size);
        }
    }

    public static Shape of(int... sizes) {
        return new Shape(Arrays.stream(sizes).boxed().toList());
    }

    public int rank() {
        return dimensions.size();
    }

    /// The size of dimension `axis`; a negative axis counts from the end, -1 being the last.
    public int dimension(int axis) {
        return dimensions.get(axis < 0 ? rank() + axis : axis);
    }

    /// The product of all dimensions.
    public long elements() {
        long product = 1;
        for (int size : dimensions) {
            product *= size;
        }
        return product;
    }

    /// The last dimension.
    public int columns() {
        return dimension(-1);
    }

    /// The product of all dimensions but the last.
    public int rows() {
        return Math.toIntExact(elements() / columns());
    }

    /// This shape with one more dimension in front.
    public Shape stacked(int count) {
        return new Shape(Stream.concat(Stream.of(count), dimensions.stream()).toList());
    }

    @Override
    public String toString() {
        return dimensions.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }
}
