package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.Gradients;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Reverse-mode differentiation as a function from program to program: the forward segments, then
/// for each of them, last to first, a segment of the gradients of its operations. The gradient of a
/// repeated segment is a segment repeated in the reverse order.
///
/// The gradient of tensor `x` is `d.x`, sliced like `x`. A tensor that several operations read gets
/// a part of its gradient from each, and an [Add] of the parts; a tensor that crosses from one
/// segment or layer to the next hands its gradient back across the same border through `d.x`.
public final class Autodiff {
    private final Program forward;
    private final Tensor loss;
    private final Tensor dLoss;
    private final Predicate<TensorSpec> trainable;
    private final Set<String> dependent;
    private final Set<String> influences;
    private final Map<String, Integer> parts = new HashMap<>();

    private Autodiff(Program forward, Tensor loss, Tensor dLoss, Predicate<TensorSpec> trainable) {
        this.forward = forward;
        this.loss = loss;
        this.dLoss = dLoss;
        this.trainable = trainable;
        this.dependent = dependent();
        this.influences = influences();
    }

    /// The forward program followed by the gradients of its trainable parameters.
    ///
    /// @param forward segments in forward order
    /// @param loss `[1]`, written by the last segment
    /// @param dLoss `[1]`, what gradients start from: 1 / the number of micro-batches, say
    /// @param trainable which parameters get a gradient
    public static Program gradients(
            Program forward, Tensor loss, Tensor dLoss, Predicate<TensorSpec> trainable) {
        return new Autodiff(forward, loss, dLoss, trainable).differentiate();
    }

    /// The declaration of a parameter's gradient.
    public static TensorSpec gradient(TensorSpec parameter) {
        return parameter.as("d." + parameter.name(), Role.GRADIENT);
    }

    private Program differentiate() {
        var segments = new ArrayList<>(forward.segments());
        for (Segment segment : forward.segments().reversed()) {
            List<Op> ops = new SegmentGradients(segment).differentiate();
            if (!ops.isEmpty()) {
                segments.add(
                        new Segment(
                                "d." + segment.name(), segment.repeat(), !segment.reversed(), ops));
            }
        }
        return new Program(forward.name(), segments);
    }

    /// Names of everything that depends on a trainable parameter.
    private Set<String> dependent() {
        Set<String> names = new HashSet<>();
        int before;
        do { // a tensor carried from layer to layer can need a second look
            before = names.size();
            for (Segment segment : forward.segments()) {
                for (Op op : segment.ops()) {
                    if (op.inputs().stream().anyMatch(t -> startsGradient(t, names))) {
                        op.outputs().stream()
                                .filter(t -> t.dtype() == DType.F32)
                                .forEach(t -> names.add(t.spec().name()));
                    }
                }
            }
        } while (names.size() > before);
        return names;
    }

    /// Names of everything that the loss depends on.
    private Set<String> influences() {
        Set<String> names = new HashSet<>(Set.of(loss.spec().name()));
        int before;
        do {
            before = names.size();
            for (Segment segment : forward.segments().reversed()) {
                for (Op op : segment.ops().reversed()) {
                    if (influences(op, names)) {
                        op.inputs().forEach(t -> names.add(t.spec().name()));
                    }
                }
            }
        } while (names.size() > before);
        return names;
    }

    private static boolean influences(Op op, Set<String> names) {
        return op.outputs().stream().anyMatch(t -> names.contains(t.spec().name()));
    }

    private boolean startsGradient(Tensor tensor, Set<String> names) {
        TensorSpec spec = tensor.spec();
        return names.contains(spec.name())
                || (spec.role() == Role.PARAMETER && trainable.test(spec));
    }

    /// The gradient of an activation once all its parts are summed.
    private static Tensor total(Tensor activation) {
        TensorSpec spec = activation.spec();
        return activation.of(spec.as("d." + spec.name(), Role.ACTIVATION));
    }

    /// A tensor for one of several parts of a gradient.
    private Tensor fresh(Tensor activation) {
        TensorSpec spec = activation.spec();
        int number = parts.merge(spec.name(), 1, Integer::sum);
        return activation.of(spec.as("d." + spec.name() + "." + number, Role.ACTIVATION));
    }

    /// The gradients of one segment's operations, and what they know of each other.
    private final class SegmentGradients implements Gradients {
        private final Segment segment;
        private final List<Op> ops = new ArrayList<>();
        private final Map<Tensor, List<Tensor>> contributions = new LinkedHashMap<>();
        private final Map<Tensor, Integer> readers = new HashMap<>();
        private final Set<Tensor> produced = new HashSet<>();
        private final Set<Tensor> asked = new HashSet<>();

        SegmentGradients(Segment segment) {
            this.segment = segment;
            for (Op op : segment.ops()) {
                op.inputs().forEach(tensor -> readers.merge(tensor, 1, Integer::sum));
                produced.addAll(op.outputs());
            }
        }

        List<Op> differentiate() {
            for (Op op : segment.ops().reversed()) {
                if (influences(op, influences)
                        && op.outputs().stream().anyMatch(t -> t.equals(loss) || wanted(t))) {
                    op.appendGradient(this);
                    op.outputs().forEach(output -> requireAsked(op, output));
                }
            }
            contributions.forEach(
                    (tensor, list) -> {
                        if (!produced.contains(tensor)) {
                            handBack(tensor, list);
                        }
                    });
            return ops;
        }

        /// An operation has no gradient for what it keeps for its own gradient, such as `lse`:
        /// where the loss depends on that, gradients would be wrong without a word.
        private void requireAsked(Op op, Tensor output) {
            boolean reached = contributions.containsKey(output) || crosses(output);
            if (reached && !asked.contains(output)) {
                throw new IllegalArgumentException(
                        "%s has no gradient for its output %s, which the loss depends on"
                                .formatted(op.name(), output));
            }
        }

        @Override
        public boolean wanted(Tensor input) {
            return startsGradient(input, dependent);
        }

        @Override
        public boolean accumulated(Tensor input) {
            return input.spec().role() == Role.PARAMETER;
        }

        @Override
        public @Nullable Tensor of(Tensor output) {
            asked.add(output);
            if (output.equals(loss)) {
                return dLoss;
            }
            var list = new ArrayList<>(contributions.getOrDefault(output, List.of()));
            boolean crosses = crosses(output);
            if (crosses) {
                list.addFirst(total(output));
            }
            return switch (list.size()) {
                case 0 -> null;
                case 1 -> list.getFirst();
                default -> sum(output, list, crosses ? fresh(output) : total(output));
            };
        }

        @Override
        public Tensor part(Tensor input) {
            return accumulated(input) ? input.of(gradient(input.spec())) : assigned(input);
        }

        @Override
        public Tensor assigned(Tensor input) {
            if (!wanted(input)) {
                return fresh(input);
            }
            boolean only =
                    readers.getOrDefault(input, 0) == 1
                            && !accumulated(input)
                            && !(produced.contains(input) && crosses(input));
            Tensor part = only ? total(input) : fresh(input);
            pass(input, part);
            return part;
        }

        @Override
        public void pass(Tensor input, Tensor gradient) {
            contributions.computeIfAbsent(input, t -> new ArrayList<>()).add(gradient);
        }

        @Override
        public void append(Op op) {
            ops.add(op);
        }

        /// Whether the loss depends on a tensor that this segment writes by way of another segment
        /// or another layer.
        private boolean crosses(Tensor output) {
            return forward.segments().stream()
                    .flatMap(
                            other ->
                                    other.ops().stream()
                                            .filter(op -> influences(op, influences))
                                            .flatMap(op -> op.inputs().stream())
                                            .filter(
                                                    t ->
                                                            !(other.equals(segment)
                                                                    && t.equals(output))))
                    .anyMatch(t -> t.spec().equals(output.spec()));
        }

        private Tensor sum(Tensor tensor, List<Tensor> terms, Tensor total) {
            Tensor sum = terms.getFirst();
            for (int i = 1; i < terms.size(); i++) {
                Tensor next = i == terms.size() - 1 ? total : fresh(tensor);
                ops.add(new Add(sum, terms.get(i), next));
                sum = next;
            }
            return sum;
        }

        private void handBack(Tensor tensor, List<Tensor> list) {
            if (accumulated(tensor)) {
                Tensor gradient = tensor.of(gradient(tensor.spec()));
                list.forEach(part -> ops.add(new Add(gradient, part, gradient)));
                return;
            }
            Tensor target = total(tensor);
            if (list.size() > 1) {
                sum(tensor, list, target);
            } else if (!list.getFirst().equals(target)) {
                ops.add(new Copy(list.getFirst(), target));
            }
        }
    }
}
