package io.tornadogpt.core.tensor;

/// What a tensor is for, which decides how long it lives and where it is kept.
///
/// Everything but an [#ACTIVATION] belongs to the session and keeps its value between runs; tensors
/// of the same name are shared by all programs of a session.
public enum Role {
    /// A weight of the model.
    PARAMETER,
    /// The gradient of a parameter, accumulated over micro-batches.
    GRADIENT,
    /// Optimizer state, such as AdamW's two moments.
    OPTIMIZER,
    /// Written by the host before a run: token ids, positions, learning rate, random key.
    INPUT,
    /// Read by the host after a run: loss, logits, gradient norm.
    OUTPUT,
    /// Kept on the device from run to run and never looked at by the host: keys and values.
    CACHE,
    /// Lives within one run; its memory is shared with others whose lifetimes do not overlap.
    ACTIVATION;

    /// Whether a tensor of this role outlives one run of a program.
    public boolean resident() {
        return this != ACTIVATION;
    }
}
