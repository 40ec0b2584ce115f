package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.SoftCap;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

/// From hidden states to logits of tokens, as the architecture's [Head] says.
public final class TokenHead {
    private TokenHead() {}

    /// Logits of tokens.
    ///
    /// @param hidden `[.., C]`
    /// @param logits `[.., V]`, written
    public static void append(Scope scope, Tensor hidden, Tensor logits) {
        ParameterTable parameters = scope.parameters();
        Head head = parameters.architecture().head();
        Tensor x = transformed(scope, hidden);
        double cap = head.logitCap();
        @Nullable Tensor bias = head.bias() ? parameters.bias(Part.HEAD) : null;
        int width = logits.columns();
        @Nullable Tensor added = scope.lowRank(Part.HEAD, "head", x);
        Tensor biased = cap > 0 ? scope.activation("head.biased", logits, width) : logits;
        Tensor adapted = added == null ? biased : scope.activation("head.base", logits, width);
        Tensor product = bias == null ? adapted : scope.activation("head.product", logits, width);
        scope.append(new MatMul(x, parameters.head(), product, false, true, false));
        if (bias != null) {
            scope.append(new AddBias(product, bias, adapted));
        }
        if (added != null) {
            scope.add(adapted, added, biased);
        }
        if (cap > 0) {
            scope.append(new SoftCap(biased, logits, cap));
        }
    }

    /// Hidden states as the head's weight is multiplied with: changed by the head's transform,
    /// where there is one.
    ///
    /// @param hidden `[.., C]`
    public static Tensor transformed(Scope scope, Tensor hidden) {
        Head.Transform transform = scope.parameters().architecture().head().transform();
        if (transform == null) {
            return hidden;
        }
        Tensor changed = scope.linear(Part.HEAD_TRANSFORM, "head.transform", hidden);
        Tensor active = scope.activate("head.active", changed, transform.activation());
        return scope.norm(Part.HEAD_NORM, "head.norm", active);
    }
}
