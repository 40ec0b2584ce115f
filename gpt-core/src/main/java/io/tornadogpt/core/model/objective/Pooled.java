package io.tornadogpt.core.model.objective;

import io.tornadogpt.core.model.family.Task.Pooling;
import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.model.graph.Scope;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.MeanPool;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

/// One hidden state for each sequence.
///
/// @param state `[B, C]`
/// @param name of `given`: `rows` or `lengths`
/// @param given `[B]` I32: `rows`, which of the `B * T` rows is taken, or `lengths`, of how many
///   positions the mean is taken
public record Pooled(Tensor state, String name, TensorSpec given) {
    /// Appends the pooling.
    ///
    /// @param hidden `[B, T, C]`
    public static Pooled of(Scope scope, Inputs inputs, Tensor hidden, Pooling pooling) {
        int batch = inputs.batch();
        Tensor state = scope.activation("pooled", batch, hidden.columns());
        boolean mean = pooling == Pooling.MEAN;
        String name = mean ? "lengths" : "rows";
        TensorSpec given = scope.input(name, DType.I32, batch);
        scope.append(
                mean
                        ? new MeanPool(hidden, given.whole(), state)
                        : new Embedding(given.whole(), hidden, state));
        return new Pooled(state, name, given);
    }

    /// What [#given] is to hold for sequences of some lengths.
    ///
    /// @param lengths of each sequence, padding left out
    /// @param positions T
    public static int[] given(Pooling pooling, int[] lengths, int positions) {
        int[] values = new int[lengths.length];
        for (int b = 0; b < lengths.length; b++) {
            values[b] =
                    switch (pooling) {
                        case FIRST -> b * positions;
                        case LAST -> b * positions + Math.max(0, lengths[b] - 1);
                        case MEAN -> lengths[b];
                    };
        }
        return values;
    }
}
