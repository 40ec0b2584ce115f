package io.tornadogpt.core.reference;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.tornadogpt.core.tensor.Shape;

import java.lang.foreign.MemorySegment;

/// The elements of an F32 tensor, kept as doubles and seen as a matrix: the last dimension is the
/// columns, all others are flattened to rows.
final class Matrix {
    private final MemorySegment memory;
    private final int rows;
    private final int columns;

    /// @param memory 8 bytes for each element
    Matrix(MemorySegment memory, Shape shape) {
        this(memory, shape.rows(), shape.columns());
    }

    private Matrix(MemorySegment memory, int rows, int columns) {
        this.memory = memory;
        this.rows = rows;
        this.columns = columns;
    }

    /// The same elements in rows of another length.
    Matrix withColumns(int newColumns) {
        return new Matrix(memory, Math.toIntExact(size() / newColumns), newColumns);
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    /// Number of elements.
    long size() {
        return (long) rows * columns;
    }

    double get(int row, int column) {
        return get(index(row, column));
    }

    void set(int row, int column, double value) {
        set(index(row, column), value);
    }

    void add(int row, int column, double value) {
        add(index(row, column), value);
    }

    /// The element at a flat, row-major index.
    double get(long index) {
        return memory.getAtIndex(JAVA_DOUBLE, index);
    }

    void set(long index, double value) {
        memory.setAtIndex(JAVA_DOUBLE, index, value);
    }

    void add(long index, double value) {
        set(index, get(index) + value);
    }

    private long index(int row, int column) {
        return (long) row * columns + column;
    }
}
