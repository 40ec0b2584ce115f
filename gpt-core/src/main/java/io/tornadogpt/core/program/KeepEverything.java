package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

/// A pass that makes outputs of all activations, so that each value can be read after the run, in
/// every layer: for finding out where numbers went wrong. Scratch becomes a stack. Such a program
/// computes the same numbers and takes much more memory.
///
/// Safe for use by several threads.
public final class KeepEverything implements Pass {
    @Override
    public Program apply(Program program) {
        var places = new Places(program.segments());
        return new Program(
                program.name(),
                program.segments().stream()
                        .map(
                                segment ->
                                        segment.withOps(
                                                segment.ops().stream()
                                                        .map(op -> kept(op, segment, places))
                                                        .toList()))
                        .toList());
    }

    private static Op kept(Op op, Segment segment, Places places) {
        return op.map(tensor -> kept(tensor, segment, places));
    }

    private static Tensor kept(Tensor tensor, Segment segment, Places places) {
        TensorSpec spec = tensor.spec();
        if (spec.role() != Role.ACTIVATION) {
            return tensor;
        }
        if (places.isScratch(spec)) {
            return new TensorSpec(
                            spec.name(),
                            spec.shape(),
                            spec.dtype(),
                            Role.OUTPUT,
                            segment.repeat(),
                            segment.first())
                    .layer();
        }
        return new Tensor(spec.as(spec.name(), Role.OUTPUT), tensor.slice());
    }
}
