package io.tornadogpt.core.tensor;

/// Which part of a declared tensor an operation names.
public sealed interface Slice {
    /// All of it.
    record Whole() implements Slice {}

    /// One fixed slice of a stacked tensor.
    record At(int index) implements Slice {}

    /// Some slices of a stacked tensor, one after the other.
    record Range(int index, int count) implements Slice {}

    /// Within a repeated segment at layer l: the slice of layer l + shift of a stacked tensor.
    record Layer(int shift) implements Slice {}
}
