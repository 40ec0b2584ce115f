package io.tornadogpt.core.model.objective;

import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.graph.Scope;
import io.tornadogpt.core.op.PreferenceLoss;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.Map;

/// Direct preference optimization: the first half of the sequences of a batch are chosen answers,
/// the second half those that were rejected, in the same order. Beside the inputs of
/// [SequenceLosses] there are `reference`, `[B]`: what the reference model's sums are; and `pairs`,
/// `[B / 2]`: how much each pair counts, 0 where a batch has fewer.
///
/// @param settings of the loss
public record Preference(PreferenceLoss.Settings settings) implements Objective {
    @Override
    public Losses append(Scope scope, Inputs inputs, Tensor hidden) {
        int batch = inputs.batch();
        if (batch % 2 != 0) {
            throw new IllegalArgumentException(
                    "a batch of %d sequences is no number of pairs; expected an even number"
                            .formatted(batch));
        }
        SequenceLosses.Sums sums = SequenceLosses.Sums.of(scope, inputs, hidden);
        TensorSpec reference = scope.input("reference", DType.F32, batch);
        TensorSpec pairs = scope.input("pairs", DType.F32, batch / 2);
        Tensor losses = scope.activation("preferences", batch / 2);
        scope.append(new PreferenceLoss(sums.losses(), reference.whole(), losses, settings));
        return new Losses(
                losses,
                null,
                pairs.whole(),
                Map.of(
                        "targets",
                        sums.targets(),
                        "weights",
                        sums.weights(),
                        "reference",
                        reference,
                        "pairs",
                        pairs),
                Map.of("sequences", sums.output()));
    }
}
