package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.Gradients;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/// Reverse-mode differentiation as a function from program to program: the forward segments, then
/// for each of them, last to first, a segment of the gradients of its operations. The gradient of a
/// repeated segment is a segment repeated in the reverse order.
///
/// The gradient of tensor `x` is `d.x`, sliced like `x`. A tensor that several operations read gets
/// a part of its gradient from each, and an [Add] of the parts; a tensor that crosses from one
/// segment or layer to the next hands its gradient back across the same border through `d.x`.
///
/// Segments that read the same slices of `x` write their parts to tensors of their own, `d.x.1` and
/// so on, and the segment that wrote `x` adds them up, the last reader's first. Where a part covers
/// only some of the layers that wrote `x`, the others find zeros. A repeated segment that reads the
/// same slice in every layer has a part for each, added up behind it from the last layer to the
/// first.
///
/// Nothing is differentiated that no trained parameter depends on: neither operations below the
/// first of them nor, where only some layers of a stack are trained, segments of other layers.
///
/// Its functions keep no state and may be called by several threads.
public final class Autodiff {
    private final Program forward;
    private final Tensor loss;
    private final Tensor dLoss;
    private final Function<TensorSpec, @Nullable TensorSpec> gradientOf;
    private final Map<String, BitSet> dependent; // slices by name
    private final Set<String> influences;
    private final Map<String, Integer> parts = new HashMap<>();
    private final Map<TensorSpec, List<Lane>> lanes = new HashMap<>();

    /// A tensor through which segments hand back gradients of one activation, each of other slices.
    ///
    /// @param spec as the activation
    /// @param slices those that are handed back
    private record Lane(TensorSpec spec, BitSet slices) {}

    private Autodiff(
            Program forward,
            Tensor loss,
            Tensor dLoss,
            Function<TensorSpec, @Nullable TensorSpec> gradientOf) {
        this.forward = forward;
        this.loss = loss;
        this.dLoss = dLoss;
        this.gradientOf = gradientOf;
        this.dependent = dependent();
        this.influences = influences();
    }

    /// The forward program followed by the gradients of its trained parameters.
    ///
    /// @param forward segments in forward order
    /// @param loss `[1]`, written by the last segment
    /// @param dLoss `[1]`, what gradients start from: 1 / the number of targets of a step, say
    /// @param gradientOf the declaration of a parameter's gradient: `Autodiff::gradient`, or null
    ///   for a parameter that is frozen. A segment trains all its layers of a stacked parameter or
    ///   none
    public static Program gradients(
            Program forward,
            Tensor loss,
            Tensor dLoss,
            Function<TensorSpec, @Nullable TensorSpec> gradientOf) {
        return new Autodiff(forward, loss, dLoss, gradientOf).differentiate();
    }

    /// The declaration of a parameter's gradient.
    public static TensorSpec gradient(TensorSpec parameter) {
        return parameter.as("d." + parameter.name(), Role.GRADIENT);
    }

    /// The declaration of the gradient of some layers of a stacked parameter.
    ///
    /// @param first layer that is trained
    /// @param layers how many are
    public static TensorSpec gradient(TensorSpec parameter, int first, int layers) {
        return new TensorSpec(
                "d." + parameter.name(),
                parameter.shape(),
                parameter.dtype(),
                Role.GRADIENT,
                layers,
                first);
    }

    private Program differentiate() {
        var segments = new ArrayList<>(forward.segments());
        for (Segment segment : forward.segments().reversed()) {
            segments.addAll(new SegmentGradients(segment).differentiate());
        }
        return new Program(forward.name(), segments);
    }

    /// The slices of everything that depends on a trained parameter, by name.
    private Map<String, BitSet> dependent() {
        Map<String, BitSet> slices = new HashMap<>();
        boolean grows;
        do { // a tensor carried from layer to layer can need a second look
            grows = false;
            for (Segment segment : forward.segments()) {
                for (int i = 0; i < segment.repeat(); i++) {
                    int layer = segment.layer(i);
                    for (Op op : segment.ops()) {
                        if (op.inputs().stream().anyMatch(t -> depends(t, layer, slices))) {
                            for (Tensor output : op.outputs()) {
                                grows |= add(output, layer, slices);
                            }
                        }
                    }
                }
            }
        } while (grows);
        return slices;
    }

    /// Whether a tensor holds anything, at a layer, that depends on a trained parameter.
    private boolean depends(Tensor tensor, int layer, Map<String, BitSet> slices) {
        TensorSpec spec = tensor.spec();
        if (spec.role() == Role.PARAMETER) {
            return trains(tensor, layer);
        }
        BitSet known = slices.get(spec.name());
        return known != null && known.intersects(slices(tensor, layer));
    }

    private static boolean add(Tensor output, int layer, Map<String, BitSet> slices) {
        if (output.dtype() == DType.I32) {
            return false;
        }
        BitSet known = slices.computeIfAbsent(output.spec().name(), name -> new BitSet());
        int before = known.cardinality();
        known.or(slices(output, layer));
        return known.cardinality() > before;
    }

    /// Whether a parameter is trained in a layer.
    private boolean trains(Tensor parameter, int layer) {
        TensorSpec gradient = gradientOf.apply(parameter.spec());
        if (gradient == null) {
            return false;
        }
        int moved = parameter.spec().first() - gradient.first();
        BitSet slices = slices(parameter, layer);
        return slices.stream().anyMatch(i -> i + moved >= 0 && i + moved < gradient.slices());
    }

    /// The slices that a tensor names at a layer.
    private static BitSet slices(Tensor tensor, int layer) {
        var slices = new BitSet();
        int first = tensor.sliceAt(layer);
        int count =
                switch (tensor.slice()) {
                    case Slice.Whole _ -> tensor.spec().slices();
                    case Slice.Range(int _, int range) -> range;
                    case Slice.At _, Slice.Layer _ -> 1;
                };
        slices.set(first, first + count);
        return slices;
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

    /// The gradient of an activation once all its parts are summed.
    private static Tensor total(Tensor activation) {
        TensorSpec spec = activation.spec();
        return activation.of(spec.as("d." + spec.name(), Role.ACTIVATION));
    }

    /// A tensor for one of several parts of a gradient.
    private Tensor fresh(Tensor activation) {
        TensorSpec spec = activation.spec();
        String name = partName(spec);
        return activation.slice() instanceof Slice.Layer
                ? activation.of(spec.as(name, Role.ACTIVATION))
                : declare(name, activation, 0).whole();
    }

    private String partName(TensorSpec activation) {
        int number = parts.merge(activation.name(), 1, Integer::sum);
        return "d." + activation.name() + "." + number;
    }

    private static TensorSpec declare(String name, Tensor activation, int layers) {
        return new TensorSpec(
                name, activation.shape(), activation.dtype(), Role.ACTIVATION, layers);
    }

    /// The slices that a tensor names in all layers of a segment.
    private static BitSet slices(Tensor tensor, Segment segment) {
        var slices = new BitSet();
        for (int i = 0; i < segment.repeat(); i++) {
            slices.or(slices(tensor, segment.layer(i)));
        }
        return slices;
    }

    /// Where a segment hands back the gradient of a tensor: where no other has handed back any of
    /// its slices.
    private Tensor reserve(Tensor activation, Segment segment) {
        TensorSpec spec = activation.spec();
        BitSet slices = slices(activation, segment);
        List<Lane> existing = lanes.computeIfAbsent(spec, s -> new ArrayList<>());
        for (Lane lane : existing) {
            if (!lane.slices.intersects(slices)) {
                lane.slices.or(slices);
                return activation.of(lane.spec);
            }
        }
        Tensor own =
                existing.isEmpty()
                        ? total(activation)
                        : activation.of(spec.as(partName(spec), Role.ACTIVATION));
        existing.add(new Lane(own.spec(), slices));
        return own;
    }

    /// The gradients of one segment's operations, and what they know of each other.
    private final class SegmentGradients implements Gradients {
        private final Segment segment;
        private final List<Op> before = new ArrayList<>();
        private final List<Op> ops = new ArrayList<>();
        private final List<Op> after = new ArrayList<>();
        private final Map<Tensor, Tensor> targets = new LinkedHashMap<>();
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
            segment.ops().stream()
                    .filter(op -> influences(op, influences))
                    .flatMap(op -> op.inputs().stream())
                    .filter(this::carried)
                    .forEach(this::target);
        }

        /// Whether a tensor is one that this segment wrote in another layer: its gradient is part
        /// of what the segment itself begins with, so where it is handed back must be known first.
        private boolean carried(Tensor input) {
            return wanted(input)
                    && !accumulated(input)
                    && !produced.contains(input)
                    && produced.stream().anyMatch(t -> t.spec().equals(input.spec()));
        }

        /// The segment of gradients, with those that must run before and after it.
        List<Segment> differentiate() {
            appendGradients();
            String name = "d." + segment.name();
            var segments = new ArrayList<Segment>();
            if (!before.isEmpty()) {
                segments.add(new Segment(name + ".zeros", 1, false, before));
            }
            if (!ops.isEmpty()) {
                segments.add(
                        new Segment(
                                name, segment.first(), segment.repeat(), !segment.reversed(), ops));
            }
            if (!after.isEmpty()) {
                segments.add(new Segment(name + ".sums", 1, false, after));
            }
            return segments;
        }

        private void appendGradients() {
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
            targets.forEach(
                    (tensor, target) -> {
                        if (!contributions.containsKey(tensor)) {
                            ops.add(new Zero(target));
                        }
                    });
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
            int depending = 0;
            for (int i = 0; i < segment.repeat(); i++) {
                depending += depends(input, segment.layer(i), dependent) ? 1 : 0;
            }
            if (accumulated(input) && depending > 0 && depending < segment.repeat()) {
                throw new IllegalArgumentException(
                        "segment %s trains %s in %d of its %d layers; make a segment of these"
                                .formatted(segment.name(), input, depending, segment.repeat()));
            }
            return depending > 0;
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
            List<Tensor> list = handedBack(output);
            boolean crosses = !list.isEmpty();
            list.addAll(contributions.getOrDefault(output, List.of()));
            return switch (list.size()) {
                case 0 -> null;
                case 1 -> list.getFirst();
                default -> sum(ops, output, list, crosses ? fresh(output) : total(output));
            };
        }

        @Override
        public Tensor part(Tensor input) {
            return accumulated(input) ? gradientOf(input) : assigned(input);
        }

        /// The gradient of a trained parameter.
        private Tensor gradientOf(Tensor parameter) {
            TensorSpec gradient = gradientOf.apply(parameter.spec());
            return parameter.of(Objects.requireNonNull(gradient, parameter::toString));
        }

        @Override
        public Tensor assigned(Tensor input) {
            if (!wanted(input)) {
                return fresh(input);
            }
            boolean only = readers.getOrDefault(input, 0) == 1 && !accumulated(input);
            Tensor part = placeOf(input, only);
            pass(input, part);
            return part;
        }

        /// Where to assign a part of a gradient: to its place at once if it is all of it.
        private Tensor placeOf(Tensor input, boolean only) {
            if (!only || (produced.contains(input) && crosses(input))) {
                return fresh(input);
            }
            return produced.contains(input) ? total(input) : target(input);
        }

        @Override
        public void pass(Tensor input, Tensor gradient) {
            contributions.computeIfAbsent(input, t -> new ArrayList<>()).add(gradient);
        }

        @Override
        public void append(Op op) {
            ops.add(op);
        }

        /// Whether other segments or layers hand back gradients of a tensor of this segment.
        private boolean crosses(Tensor output) {
            BitSet slices = slices(output, segment);
            return lanes(output).stream().anyMatch(lane -> lane.slices.intersects(slices));
        }

        private List<Lane> lanes(Tensor tensor) {
            return lanes.getOrDefault(tensor.spec(), List.of());
        }

        /// The gradients of a tensor that other segments or layers hand back, made complete with
        /// zeros.
        private List<Tensor> handedBack(Tensor output) {
            BitSet slices = slices(output, segment);
            var gradients = new ArrayList<Tensor>();
            for (Lane lane : lanes(output)) {
                if (lane.slices.intersects(slices)) {
                    var missing = (BitSet) slices.clone();
                    missing.andNot(lane.slices);
                    missing.stream().forEach(i -> before.add(new Zero(lane.spec.at(i))));
                    lane.slices.or(missing);
                    gradients.add(output.of(lane.spec));
                }
            }
            return gradients;
        }

        /// Where this segment writes the gradient of a tensor that it does not write itself.
        private Tensor target(Tensor input) {
            Tensor known = targets.get(input);
            if (known != null) {
                return known;
            }
            Tensor place = reserve(input, segment);
            boolean moves = input.slice() instanceof Slice.Layer;
            Tensor target = segment.repeat() == 1 || moves ? place : ofEachLayer(input, place);
            targets.put(input, target);
            return target;
        }

        /// A part for each layer of the gradient of what all of them read; their sum is `total`.
        private Tensor ofEachLayer(Tensor input, Tensor total) {
            TensorSpec each = declare(partName(input.spec()), input, segment.repeat());
            var terms = new ArrayList<Tensor>();
            for (int i = segment.repeat() - 1; i >= 0; i--) {
                terms.add(each.at(segment.layer(i)));
            }
            sum(after, input, terms, total);
            return each.layer();
        }

        private Tensor sum(List<Op> into, Tensor tensor, List<Tensor> terms, Tensor total) {
            Tensor sum = terms.getFirst();
            for (int i = 1; i < terms.size(); i++) {
                Tensor next = i == terms.size() - 1 ? total : fresh(tensor);
                into.add(new Add(sum, terms.get(i), next));
                sum = next;
            }
            return sum;
        }

        private void handBack(Tensor tensor, List<Tensor> list) {
            if (accumulated(tensor)) {
                Tensor gradient = gradientOf(tensor);
                list.forEach(part -> ops.add(new Add(gradient, part, gradient)));
                return;
            }
            Tensor target = target(tensor);
            if (list.size() > 1) {
                sum(ops, tensor, list, target);
            } else if (!list.getFirst().equals(target)) {
                ops.add(new Copy(list.getFirst(), target));
            }
        }
    }
}
