package io.tornadogpt.core.model.objective;

import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.graph.Scope;
import io.tornadogpt.core.model.graph.TokenHead;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// Each position predicts a token: the next one, where the model is causal, or the one that was
/// masked. The input `targets`, `[B, T]`, holds its id, and -1 where nothing is to be predicted.
///
/// @param weighted whether an input `weights`, `[B, T]`, says how much each loss counts
public record TokenPrediction(boolean weighted) implements Objective {
    /// All targets count alike.
    public static final TokenPrediction PLAIN = new TokenPrediction(false);

    @Override
    public Losses append(Scope scope, Inputs inputs, Tensor hidden) {
        int batch = inputs.batch();
        int length = inputs.length();
        TensorSpec targets = scope.input("targets", DType.I32, batch, length);
        @Nullable TensorSpec weights =
                weighted ? scope.input("weights", DType.F32, batch, length) : null;
        var given = new HashMap<String, TensorSpec>();
        given.put("targets", targets);
        if (weights != null) {
            given.put("weights", weights);
        }
        Tensor losses = losses(scope, inputs, hidden, targets);
        return new Losses(
                losses, targets.whole(), weights == null ? null : weights.whole(), given, Map.of());
    }

    /// The loss of each position, `[B, T]`; 0 where there is no target.
    static Tensor losses(Scope scope, Inputs inputs, Tensor hidden, TensorSpec targets) {
        int rows = inputs.batch() * inputs.length();
        int vocabulary = scope.parameters().architecture().vocabulary();
        Tensor logits = scope.activation("logits", hidden, vocabulary); // [B, T, V]
        TokenHead.append(scope, hidden, logits);
        Tensor lse = scope.activation("lse", rows);
        Tensor losses = scope.activation("losses", inputs.batch(), inputs.length());
        scope.append(new CrossEntropy(logits, targets.whole(), lse, losses));
        return losses;
    }
}
