package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.function.UnaryOperator;

/// An operation from outside this library: the one member of the sealed set that is open.
///
/// It is a record like the others: its compact constructor checks shapes, [#inputs], [#outputs] and
/// [#map] name its tensors, [#appendGradient] appends its gradient, which may be made of other
/// custom operations. What computes it is found with [java.util.ServiceLoader] by each backend, by
/// the class of the operation; a backend that finds nothing refuses the program by the operation's
/// name.
///
/// Its results are compared with the reference's like those of any other operation, once it has
/// cases of its own ([io.tornadogpt.core.testing.OpCase]).
public non-sealed interface CustomOp extends Op {
    @Override
    CustomOp map(UnaryOperator<Tensor> replacement);
}
