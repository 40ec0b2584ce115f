package io.tornadogpt.core.tensor;

/// Which part of a declared tensor an operation names.
public sealed interface Slice {
    /// All of it.
    record Whole() implements Slice {}

    /// The slice of one fixed layer of a stacked tensor.
    record At(int index) implements Slice {}

    /// Within a repeated segment at layer l: slice l + shift of a stacked tensor.
    record Layer(int shift) implements Slice {}
}
