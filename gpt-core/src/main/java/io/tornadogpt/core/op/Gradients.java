package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

/// What an operation sees of automatic differentiation while it appends its gradient: the program's
/// operations are visited last to first, so the gradients of its outputs are complete by then.
public interface Gradients {
    /// The gradient of the loss with respect to an output, or null where the loss does not depend
    /// on it.
    @Nullable Tensor of(Tensor output);

    /// Whether a gradient with respect to this input is needed at all.
    boolean wanted(Tensor input);

    /// Where to write this operation's part of the gradient of `input`. For a parameter this is its
    /// gradient, to be added to (`+=`); for an activation a tensor of its own, to be assigned
    /// (`=`). For operations that can do both, as [#accumulated] says.
    Tensor part(Tensor input);

    /// Where to assign (`=`) this operation's part of the gradient of `input`, whatever that is.
    Tensor assigned(Tensor input);

    /// Says that this operation's part of the gradient of `input` is `gradient` unchanged: a tensor
    /// that is already written, or is by the time the gradients of this segment are.
    void pass(Tensor input, Tensor gradient);

    /// Whether [#part] of this input is to be added to rather than assigned.
    boolean accumulated(Tensor input);

    /// Appends an operation to the backward program.
    void append(Op op);
}
