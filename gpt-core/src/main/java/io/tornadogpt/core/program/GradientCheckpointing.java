package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Gradient checkpointing (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016): of
/// a repeated segment only what one layer hands to the next is kept. The segment of its gradients
/// first computes the other activations of its layer again, so that those of one layer exist at a
/// time. The price is about one more forward pass of the segment.
///
/// An activation `x` that is computed again is `again.x`. The operations are the same ones at the
/// same layer, the random numbers of dropout included, so gradients are the same to the last bit.
/// What is used within a layer only becomes scratch, as [Unstacking] does it.
///
/// Run it after [Autodiff] and before a [Fusion].
///
/// Immutable, so that threads may share it.
public final class GradientCheckpointing implements Pass {
    private static final String PREFIX = "again.";

    @Override
    public Program apply(Program program) {
        var segments = new ArrayList<Segment>();
        for (int i = 0; i < program.segments().size(); i++) {
            Segment segment = program.segments().get(i);
            segments.add(new Recomputation(program, i).apply(segment));
        }
        return new Unstacking().apply(new Program(program.name(), segments));
    }

    /// What one segment computes again.
    private static final class Recomputation {
        private final Program program;
        private final Places places;
        private final List<Segment> earlier;
        private final Set<Tensor> again = new HashSet<>();

        Recomputation(Program program, int segment) {
            this.program = program;
            this.places = new Places(program.segments());
            this.earlier = program.segments().subList(0, segment);
        }

        Segment apply(Segment gradients) {
            Set<Tensor> needed = new HashSet<>();
            gradients.ops().forEach(op -> needed.addAll(op.inputs()));
            Deque<Op> ops = new ArrayDeque<>();
            for (Segment segment : earlier.reversed()) {
                if (mirrors(segment, gradients)) {
                    for (Op op : segment.ops().reversed()) {
                        boolean asked = op.outputs().stream().anyMatch(needed::contains);
                        if (asked && canRunAgain(op, segment)) {
                            ops.addFirst(op);
                            again.addAll(op.outputs());
                            needed.addAll(op.inputs());
                        }
                    }
                }
            }
            return gradients.withOps(
                    Stream.concat(ops.stream(), gradients.ops().stream())
                            .map(op -> op.map(this::renamed))
                            .toList());
        }

        private Tensor renamed(Tensor tensor) {
            TensorSpec spec = tensor.spec();
            return again.contains(tensor)
                    ? tensor.of(spec.as(PREFIX + spec.name(), spec.role()))
                    : tensor;
        }

        /// Whether an operation computes the same a second time, into tensors of its own layer that
        /// nothing but that layer and its gradients asks for, from what is still there.
        private boolean canRunAgain(Op op, Segment segment) {
            return op.outputs().stream().allMatch(output -> isOfOneLayer(output, segment))
                    && op.inputs().stream()
                            .noneMatch(t -> places.isScratch(t.spec()) || isOverwritten(t));
        }

        private boolean isOfOneLayer(Tensor tensor, Segment segment) {
            return Unstacking.followsTheLayer(tensor)
                    && program.segments().stream()
                            .allMatch(
                                    user ->
                                            user.equals(segment)
                                                    || mirrors(segment, user)
                                                    || slices(user, tensor).findAny().isEmpty())
                    && program.segments().stream()
                            .flatMap(user -> slices(user, tensor))
                            .allMatch(tensor::equals);
        }

        /// How a segment names a tensor.
        private static Stream<Tensor> slices(Segment segment, Tensor tensor) {
            return segment.ops().stream()
                    .flatMap(Program::tensors)
                    .filter(t -> t.spec().equals(tensor.spec()));
        }

        /// Whether a tensor has other elements once the program has run than it had before.
        private boolean isOverwritten(Tensor tensor) {
            return tensor.spec().role() != Role.ACTIVATION
                    && program.segments().stream()
                            .flatMap(segment -> segment.ops().stream())
                            .flatMap(op -> op.outputs().stream())
                            .anyMatch(t -> t.spec().equals(tensor.spec()));
        }

        /// Whether a segment visits the layers of another in the opposite order.
        private static boolean mirrors(Segment segment, Segment other) {
            return segment.first() == other.first()
                    && segment.repeat() == other.repeat()
                    && segment.reversed() != other.reversed();
        }
    }
}
