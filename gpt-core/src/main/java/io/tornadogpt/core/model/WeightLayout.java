package io.tornadogpt.core.model;

import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Family;
import io.tornadogpt.core.model.family.Piece;

import java.util.List;

/// What a format of files calls the tensors of a model, and how it lays out their rows.
interface WeightLayout {
    /// The stored tensors that a parameter is made of.
    ///
    /// @param name of the parameter, the number of the block filled in
    /// @param slice number of the block, 0 for a parameter that is in none
    /// @param rows of the parameter, as a matrix; a vector has as many rows as elements
    List<Piece> pieces(
            Architecture architecture, Part part, String name, int slice, int rows, int columns);

    /// Whether a stored tensor of that name is no weight.
    default boolean ignores(String tensor) {
        return false;
    }

    /// That of Hugging Face's files.
    static WeightLayout of(Family family) {
        return (architecture, part, name, slice, rows, columns) ->
                family.pieces(architecture, part, name, rows, columns);
    }
}
