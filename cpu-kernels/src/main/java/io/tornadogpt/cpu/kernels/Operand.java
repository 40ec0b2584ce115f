package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.lang.foreign.MemorySegment;

/// A matrix of a product as it is stored: the product transposes it or does not. What differs by
/// the type of its elements is here; the loops above do not know.
///
/// @param halves whether its elements are BF16 rather than F32, which only the right matrix can be
record Operand(MemorySegment data, boolean transposed, boolean halves) {
    Operand(MemorySegment data, boolean transposed) {
        this(data, transposed, false);
    }

    static Operand of(Tensor tensor, boolean transposed, Binding binding) {
        return new Operand(binding.at(tensor), transposed, tensor.dtype() == DType.BF16);
    }

    /// Packs a panel: [Packing#panel] from element `at` on, rows of `row` elements.
    void panel(long at, int row, int depth, int columns, float[] to, int start) {
        if (halves) {
            Halves.panel(data, 2 * at, 2L * row, depth, columns, to, start);
        } else {
            Packing.panel(data, 4 * at, 4L * row, depth, columns, 1, to, start);
        }
    }

    /// Copies `count` rows from element `at` on, `columns` of their `row` elements, to rows `toRow`
    /// floats apart.
    void rows(long at, int row, int count, int columns, float[] to, int toRow) {
        if (halves) {
            Halves.rows(data, 2 * at, 2L * row, count, columns, to, toRow);
        } else {
            Packing.rows(data, 4 * at, 4L * row, count, columns, to, 0, toRow);
        }
    }

    /// Packs a panel: [Packing#transposedPanel] from element `at` on, rows of `row` elements.
    void transposedPanel(long at, int row, int depth, int columns, float[] to, int start) {
        if (halves) {
            Halves.transposedPanel(data, 2 * at, 2L * row, depth, columns, to, start);
        } else {
            Packing.transposedPanel(data, 4 * at, 4L * row, depth, columns, 1, to, start);
        }
    }
}
