package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.lang.foreign.MemorySegment;

/// A matrix of a product as it is stored: the product transposes it or does not. What differs by
/// the type of its elements is here; the loops above do not know.
///
/// @param type of its elements: F32, and of the right matrix BF16 or, where it is transposed, a
///   quantized one
record Operand(MemorySegment data, boolean transposed, DType type) {
    Operand(MemorySegment data, boolean transposed) {
        this(data, transposed, DType.F32);
    }

    static Operand of(Tensor tensor, boolean transposed, Binding binding) {
        return new Operand(binding.at(tensor), transposed, tensor.dtype());
    }

    boolean quantized() {
        return type.quantized();
    }

    /// A part of K that begins where a part may begin: at a block, where there are blocks.
    int whole(int depth) {
        return Packing.roundUp(depth, type.blockElements());
    }

    /// Packs a panel: [Packing#panel] from element `at` on, rows of `row` elements. Not of a
    /// quantized matrix, which is transposed.
    void panel(long at, int row, int depth, int columns, float[] to, int start) {
        if (type == DType.BF16) {
            Halves.panel(data, 2 * at, 2L * row, depth, columns, to, start);
        } else {
            Packing.panel(data, 4 * at, 4L * row, depth, columns, 1, to, start);
        }
    }

    /// Copies `count` rows from element `at` on, `columns` of their `row` elements, to rows `toRow`
    /// floats apart.
    void rows(long at, int row, int count, int columns, float[] to, int toRow) {
        switch (type) {
            case BF16 -> Halves.rows(data, 2 * at, 2L * row, count, columns, to, toRow);
            case Q8_0, Q4_0 ->
                    Blocks.rows(
                            type, data, type.bytes(at), type.bytes(row), count, columns, to, toRow);
            default -> Packing.rows(data, 4 * at, 4L * row, count, columns, to, 0, toRow);
        }
    }

    /// Packs a panel: [Packing#transposedPanel] from element `at` on, rows of `row` elements.
    void transposedPanel(long at, int row, int depth, int columns, float[] to, int start) {
        switch (type) {
            case BF16 -> Halves.transposedPanel(data, 2 * at, 2L * row, depth, columns, to, start);
            case Q8_0, Q4_0 ->
                    Blocks.transposedPanel(
                            type, data, type.bytes(at), type.bytes(row), depth, columns, to, start);
            default ->
                    Packing.transposedPanel(data, 4 * at, 4L * row, depth, columns, 1, to, start);
        }
    }
}
