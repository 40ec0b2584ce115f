package io.tornadogpt.core.model.objective;

import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.graph.Scope;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.RowSum;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.Map;

/// The negative log-probability of each sequence's targets, added up: `targets`, `[B, T]`, holds
/// their ids and -1 elsewhere, `weights`, `[B, T]`, how much each counts (1, or 1 / their number
/// for a mean). The output `sequences`, `[B]`, is what a preference is judged by.
public record SequenceLosses() implements Objective {
    @Override
    public Losses append(Scope scope, Inputs inputs, Tensor hidden) {
        Sums sums = Sums.of(scope, inputs, hidden);
        return new Losses(
                sums.losses,
                null,
                null,
                Map.of("targets", sums.targets, "weights", sums.weights),
                Map.of("sequences", sums.output));
    }

    /// The sums, and what goes in and comes out.
    ///
    /// @param losses `[B]`
    record Sums(Tensor losses, TensorSpec targets, TensorSpec weights, TensorSpec output) {
        static Sums of(Scope scope, Inputs inputs, Tensor hidden) {
            int batch = inputs.batch();
            int length = inputs.length();
            TensorSpec targets = scope.input("targets", DType.I32, batch, length);
            TensorSpec weights = scope.input("weights", DType.F32, batch, length);
            Tensor tokens = TokenPrediction.losses(scope, inputs, hidden, targets); // [B, T]
            Tensor sums = scope.activation("sequences", batch);
            scope.append(new RowSum(tokens, weights.whole(), sums));
            TensorSpec output = scope.output("sequences", batch);
            scope.append(new Copy(sums, output.whole()));
            return new Sums(sums, targets, weights, output);
        }
    }
}
