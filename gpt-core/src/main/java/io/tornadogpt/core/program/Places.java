package io.tornadogpt.core.program;

import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Tells apart what a program writes: the slices of its tensors, and of a scratch tensor the values
/// that it has in one layer and the next.
///
/// A *scratch* tensor is an activation that is not stacked and yet written in a repeated segment.
/// Each layer assigns it anew, and only that layer of that segment reads it.
final class Places {
    private final Set<String> scratch = new HashSet<>();

    /// One value of one declared tensor.
    ///
    /// @param name of the tensor
    /// @param slice of a stacked tensor; the layer, for scratch
    record Place(String name, int slice) {}

    Places(List<Segment> segments) {
        for (Segment segment : segments) {
            if (segment.repeat() > 1) {
                segment.ops().stream()
                        .flatMap(op -> op.outputs().stream())
                        .map(Tensor::spec)
                        .filter(spec -> spec.role() == Role.ACTIVATION && !spec.stacked())
                        .forEach(spec -> scratch.add(spec.name()));
            }
        }
    }

    boolean isScratch(TensorSpec spec) {
        return scratch.contains(spec.name());
    }

    /// What a tensor names while a segment is at `layer`.
    Place of(Tensor tensor, int layer) {
        int slice = isScratch(tensor.spec()) ? layer : tensor.sliceAt(layer);
        return new Place(tensor.spec().name(), slice);
    }
}
