package io.tornadogpt.core.model.objective;

import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.graph.Scope;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.PolicyLoss;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// Group relative policy optimization: each sequence is an answer with an advantage. The inputs are
/// `targets`, `weights`, `old` unless the answers are fresh and, where beta is above 0,
/// `reference`, all `[B, T]`, and `advantages`, `[B]`; the output `perToken`, `[B, T]`, holds the
/// negative log-probability of each target.
///
/// @param settings of the loss
/// @param fresh whether answers come from the weights as they stand: then what they were when they
///   were generated is what they are, without a gradient, and every ratio is 1
public record Policy(PolicyLoss.Settings settings, boolean fresh) implements Objective {
    /// Answers that may be older than the weights.
    public Policy(PolicyLoss.Settings settings) {
        this(settings, false);
    }

    @Override
    public Losses append(Scope scope, Inputs inputs, Tensor hidden) {
        int batch = inputs.batch();
        int length = inputs.length();
        TensorSpec targets = scope.input("targets", DType.I32, batch, length);
        TensorSpec weights = scope.input("weights", DType.F32, batch, length);
        @Nullable TensorSpec old = fresh ? null : scope.input("old", DType.F32, batch, length);
        @Nullable TensorSpec reference =
                settings.beta() > 0 ? scope.input("reference", DType.F32, batch, length) : null;
        TensorSpec advantages = scope.input("advantages", DType.F32, batch);
        Tensor tokens = TokenPrediction.losses(scope, inputs, hidden, targets); // [B, T]
        TensorSpec output = scope.output("perToken", batch, length);
        scope.append(new Copy(tokens, output.whole()));
        Tensor losses = scope.activation("policy", batch, length);
        scope.append(
                new PolicyLoss(
                        tokens,
                        old == null ? tokens : old.whole(),
                        reference == null ? null : reference.whole(),
                        advantages.whole(),
                        losses,
                        settings));
        var given = new HashMap<String, TensorSpec>();
        given.put("targets", targets);
        given.put("weights", weights);
        given.put("advantages", advantages);
        if (old != null) {
            given.put("old", old);
        }
        if (reference != null) {
            given.put("reference", reference);
        }
        return new Losses(
                losses, targets.whole(), weights.whole(), given, Map.of("perToken", output));
    }
}
