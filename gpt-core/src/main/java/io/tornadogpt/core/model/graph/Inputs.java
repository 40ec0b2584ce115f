package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

/// What a program reads of a batch of B sequences, T positions each.
///
/// @param tokens `[B, T]` I32, ids
/// @param positions `[B, T]` I32, each below the model's context
/// @param spans `[B, T, 2]` I32: which positions each row sees, in the form of
///   [io.tornadogpt.core.op.Attention.View#spans]; null where all rows see all there is
/// @param types `[B, T]` I32, kinds of tokens; null where the model knows none
public record Inputs(
        TensorSpec tokens,
        TensorSpec positions,
        @Nullable TensorSpec spans,
        @Nullable TensorSpec types) {
    /// Declares the inputs of a program.
    ///
    /// @param spans whether rows are padded or packed
    /// @param types whether the model knows kinds of tokens
    static Inputs of(String program, int batch, int positions, boolean spans, boolean types) {
        return new Inputs(
                input(program + ".tokens", batch, positions),
                input(program + ".positions", batch, positions),
                spans ? input(program + ".spans", batch, positions, 2) : null,
                types ? input(program + ".types", batch, positions) : null);
    }

    private static TensorSpec input(String name, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.I32, Role.INPUT);
    }

    /// B, sequences of the batch.
    public int batch() {
        return tokens.shape().dimension(0);
    }

    /// T, positions of a sequence.
    public int length() {
        return tokens.shape().dimension(1);
    }

    /// Writes [#everyPosition], where the program reads positions, and type 0 for every token,
    /// where there are types.
    public void writePositions(Session session, Program program) {
        if (program.specs().contains(positions)) {
            session.write(positions, everyPosition());
        }
        if (types != null) {
            session.write(types, new int[Math.toIntExact(types.elements())]);
        }
    }

    /// What [#positions] is to hold where each row is one sequence: 0 to T - 1 in every row.
    public int[] everyPosition() {
        int[] values = new int[Math.toIntExact(positions.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % length();
        }
        return values;
    }
}
