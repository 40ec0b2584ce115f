package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

/// One weight of a model, stacked over layers where every block has its own.
///
/// @param spec name (as in the family's files, the layer written `*`), shape of one layer; the
///   weight of a linear layer is `[out, in]`
/// @param part that it belongs to; null for one that was added to the model under a name of its own
/// @param initialization how it starts
public record Parameter(TensorSpec spec, @Nullable Part part, Initialization initialization) {
    /// Whether weight decay applies where nothing else is said: to matrices, not to biases and
    /// norms.
    public boolean decays() {
        return spec.shape().rank() >= 2;
    }

    /// The last layer that has the parameter, 0 where it is not stacked.
    public int lastLayer() {
        return spec.first() + spec.slices() - 1;
    }
}
