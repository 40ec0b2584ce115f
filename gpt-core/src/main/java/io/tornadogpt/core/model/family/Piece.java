package io.tornadogpt.core.model.family;

import org.jspecify.annotations.Nullable;

import java.util.function.IntUnaryOperator;

/// A part of a stored tensor that makes some rows of a parameter.
///
/// @param name of the stored tensor
/// @param first row of it that is taken
/// @param rows how many are taken
/// @param columns of the parameter
/// @param storedRows of the whole stored tensor, seen as the parameter is
/// @param turned whether it is stored as `[in, out]`, columns for rows
/// @param added what the stored values have added to the parameter's
/// @param order from a row of the parameter's piece, counted from 0, to the row of the stored
///   tensor, counted from `first`; null where they lie in the same order
public record Piece(
        String name,
        int first,
        int rows,
        int columns,
        int storedRows,
        boolean turned,
        float added,
        @Nullable IntUnaryOperator order) {
    /// A whole tensor as it is.
    public Piece(String name, int rows, int columns) {
        this(name, 0, rows, columns, rows, false, 0, null);
    }

    /// The same, stored as `[in, out]`.
    public Piece turnedRound() {
        return new Piece(name, first, rows, columns, storedRows, true, added, order);
    }

    /// Some rows of a stored tensor.
    public static Piece rowsOf(String name, int first, int rows, int columns, int storedRows) {
        return new Piece(name, first, rows, columns, storedRows, false, 0, null);
    }

    /// The same rows in another order.
    public Piece ordered(IntUnaryOperator newOrder) {
        return new Piece(name, first, rows, columns, storedRows, turned, added, newOrder);
    }

    /// The same piece of the file where tensors are called otherwise.
    public Piece named(String newName) {
        return new Piece(newName, first, rows, columns, storedRows, turned, added, order);
    }

    /// The same piece of a file whose values have something added: norms of Gemma in GGUF files
    /// hold what they multiply with, one more than the model's own weights.
    public Piece withAdded(float more) {
        return new Piece(name, first, rows, columns, storedRows, turned, more, order);
    }

    /// Whether the parameter's elements lie one after the other in the stored tensor, as they are.
    public boolean contiguous() {
        return !turned && order == null && added == 0;
    }

    /// Whether the piece is all of the stored tensor.
    public boolean whole() {
        return first == 0 && rows == storedRows;
    }
}
