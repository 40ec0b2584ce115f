package io.tornadogpt.core.model;

import io.tornadogpt.core.tensor.TensorSpec;

/// One weight of a model, stacked over layers where every block has its own.
///
/// @param spec name (as in Hugging Face's GPT-2 files, the layer written `*`), shape of one layer
/// @param initialization how it starts
public record Parameter(TensorSpec spec, Initialization initialization) {
    /// Whether weight decay applies: to matrices, not to biases and layer-norms.
    public boolean decays() {
        return spec.shape().rank() >= 2;
    }
}
