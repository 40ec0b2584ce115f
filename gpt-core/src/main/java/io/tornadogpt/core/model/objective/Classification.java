package io.tornadogpt.core.model.objective;

import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.graph.Scope;
import io.tornadogpt.core.model.graph.TokenHead;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.Map;

/// Each sequence has a label. The inputs are `labels`, `[B]`, -1 for a sequence that does not
/// count, `weights`, `[B]`, and `rows` or `lengths` of [Pooled]; the output `logits`, `[B,
/// labels]`, is for the host to count what was right.
///
/// @param task labels and pooling
public record Classification(Task.Labels task) implements Objective {
    @Override
    public Losses append(Scope scope, Inputs inputs, Tensor hidden) {
        int batch = inputs.batch();
        Pooled pooled = Pooled.of(scope, inputs, hidden, task.pooling());
        Tensor state = transformed(scope, pooled.state()); // [B, C]
        Tensor scores = scope.linear(Part.CLASSIFIER, "classifier", state); // [B, labels]
        TensorSpec logits = scope.output("logits", batch, task.labels());
        scope.append(new Copy(scores, logits.whole()));
        TensorSpec labels = scope.input("labels", DType.I32, batch);
        TensorSpec weights = scope.input("weights", DType.F32, batch);
        Tensor losses = scope.activation("losses", batch);
        Tensor lse = scope.activation("lse", batch);
        scope.append(new CrossEntropy(scores, labels.whole(), lse, losses));
        return new Losses(
                losses,
                labels.whole(),
                weights.whole(),
                Map.of("labels", labels, "weights", weights, pooled.name(), pooled.given()),
                Map.of("logits", logits));
    }

    private static Tensor transformed(Scope scope, Tensor state) {
        Head.Labels labels = scope.parameters().architecture().head().labels();
        return switch (labels.layer()) {
            case NONE -> state;
            case POOLER -> layer(scope, Part.POOLER, state, labels);
            case OWN -> layer(scope, Part.CLASSIFIER_TRANSFORM, state, labels);
            case TRANSFORM -> TokenHead.transformed(scope, state);
        };
    }

    private static Tensor layer(Scope scope, Part part, Tensor state, Head.Labels labels) {
        Tensor changed = scope.linear(part, "classifier.layer", state);
        return scope.activate("classifier.active", changed, labels.activation());
    }
}
