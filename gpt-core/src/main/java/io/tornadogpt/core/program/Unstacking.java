package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// A pass that makes scratch of every stack of activations whose slices only their own layer of one
/// segment uses. Such a stack needs the memory of one slice: the [MemoryPlan] gives it no more
/// either way, but a device whose tensors cannot share memory would hold all of it.
///
/// Immutable, so that threads may share it.
public final class Unstacking implements Pass {
    @Override
    public Program apply(Program program) {
        Set<TensorSpec> local = local(program);
        return new Program(
                program.name(),
                program.segments().stream()
                        .map(
                                segment ->
                                        segment.withOps(
                                                segment.ops().stream()
                                                        .map(op -> op.map(t -> unstack(t, local)))
                                                        .toList()))
                        .toList());
    }

    private static Tensor unstack(Tensor tensor, Set<TensorSpec> local) {
        TensorSpec spec = tensor.spec();
        return local.contains(spec)
                ? new TensorSpec(spec.name(), spec.shape(), spec.dtype(), spec.role()).whole()
                : tensor;
    }

    private static Set<TensorSpec> local(Program program) {
        Map<TensorSpec, Use> uses = new HashMap<>();
        Set<TensorSpec> shared = new HashSet<>();
        for (Segment segment : program.segments()) {
            for (Op op : segment.ops()) {
                Program.tensors(op)
                        .forEach(
                                tensor -> {
                                    var use = new Use(segment, tensor);
                                    Use first = uses.putIfAbsent(tensor.spec(), use);
                                    boolean otherwise = first != null && !first.equals(use);
                                    if (otherwise || !followsTheLayer(tensor)) {
                                        shared.add(tensor.spec());
                                    }
                                });
            }
        }
        uses.keySet().removeAll(shared);
        return uses.keySet();
    }

    /// How a declared tensor is named, and where.
    private record Use(Segment segment, Tensor tensor) {}

    /// Whether a tensor is another slice of an activation in every layer.
    static boolean followsTheLayer(Tensor tensor) {
        return tensor.spec().role() == Role.ACTIVATION && tensor.slice() instanceof Slice.Layer;
    }
}
