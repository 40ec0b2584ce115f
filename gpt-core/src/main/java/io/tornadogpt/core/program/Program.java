package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// What a device is asked to do in one go, written down once: segments of operations over declared
/// tensors. Immutable; gradients, fusions and memory planning are functions of it.
///
/// Checked when it is made: a name means one declaration, every activation is written before it is
/// read and only once, and every slice exists. An activation that is not stacked and yet written in
/// a repeated segment is scratch: each layer writes it anew, and nothing outside that layer of that
/// segment reads it.
///
/// @param name by which a session runs it
/// @param segments in order
public record Program(String name, List<Segment> segments) {
    public Program {
        segments = List.copyOf(segments);
        new Check(name, segments).run();
    }

    public static Builder builder(String name) {
        return new Builder(name);
    }

    /// All operations in the order in which they run, repeated segments unrolled.
    public List<Step> steps() {
        return unroll(segments);
    }

    /// Every tensor that is named, in order of first use.
    public Collection<TensorSpec> specs() {
        Map<String, TensorSpec> byName = new LinkedHashMap<>();
        segments.stream()
                .flatMap(segment -> segment.ops().stream())
                .flatMap(Program::tensors)
                .forEach(tensor -> byName.putIfAbsent(tensor.spec().name(), tensor.spec()));
        return byName.values();
    }

    /// Floating-point operations of one run.
    public long flops() {
        return segments.stream()
                .mapToLong(s -> s.repeat() * s.ops().stream().mapToLong(Op::flops).sum())
                .sum();
    }

    static Stream<Tensor> tensors(Op op) {
        return Stream.concat(op.inputs().stream(), op.outputs().stream());
    }

    private static List<Step> unroll(List<Segment> segments) {
        var steps = new ArrayList<Step>();
        for (Segment segment : segments) {
            for (int i = 0; i < segment.repeat(); i++) {
                int layer = segment.layer(i);
                segment.ops().forEach(op -> steps.add(new Step(op, layer)));
            }
        }
        return steps;
    }

    private static final class Check {
        private final String program;
        private final List<Segment> segments;
        private final Places places;
        private final Map<String, TensorSpec> declared = new LinkedHashMap<>();
        private final Map<String, Integer> scratchOf = new HashMap<>(); // name to segment
        private final Set<Places.Place> written = new HashSet<>();

        Check(String program, List<Segment> segments) {
            this.program = program;
            this.segments = segments;
            this.places = new Places(segments);
        }

        void run() {
            for (int i = 0; i < segments.size(); i++) {
                int segment = i;
                for (Step step : unroll(segments.subList(i, i + 1))) {
                    step.op().inputs().forEach(tensor -> read(step, segment, tensor));
                    step.op().outputs().forEach(tensor -> write(step, segment, tensor));
                }
            }
        }

        private void read(Step step, int segment, Tensor tensor) {
            Places.Place place = place(step, segment, tensor);
            if (tensor.spec().role() == Role.ACTIVATION && !written.contains(place)) {
                throw wrong(step, tensor, "is read before it is written");
            }
        }

        private void write(Step step, int segment, Tensor tensor) {
            Places.Place place = place(step, segment, tensor);
            if (tensor.spec().role() == Role.ACTIVATION && !written.add(place)) {
                throw wrong(step, tensor, "is written twice; activations are assigned once");
            }
        }

        private Places.Place place(Step step, int segment, Tensor tensor) {
            TensorSpec spec = tensor.spec();
            TensorSpec known = declared.putIfAbsent(spec.name(), spec);
            if (known != null && !known.equals(spec)) {
                throw wrong(step, tensor, "was declared otherwise before: " + known);
            }
            boolean several =
                    tensor.slice() instanceof Slice.Whole || tensor.slice() instanceof Slice.Range;
            if (several && spec.stacked() && spec.role() == Role.ACTIVATION) {
                throw wrong(step, tensor, "is a stack of activations, named slice by slice only");
            }
            int slice = tensor.sliceAt(step.layer());
            if (slice < 0 || slice >= spec.slices()) {
                throw wrong(step, tensor, "has no slice " + slice);
            }
            if (places.isScratch(spec)) {
                requireSameSegment(step, segment, tensor);
            }
            return places.of(tensor, step.layer());
        }

        private void requireSameSegment(Step step, int segment, Tensor tensor) {
            int first = scratchOf.computeIfAbsent(tensor.spec().name(), name -> segment);
            if (first != segment) {
                throw wrong(
                        step,
                        tensor,
                        "is scratch of segment %s, so segment %s cannot name it; stack it"
                                .formatted(
                                        segments.get(first).name(), segments.get(segment).name()));
            }
        }

        private IllegalArgumentException wrong(Step step, Tensor tensor, String what) {
            return new IllegalArgumentException(
                    "program %s, %s at layer %d: %s %s"
                            .formatted(program, step.op().name(), step.layer(), tensor, what));
        }
    }

    /// Collects operations in order.
    public static final class Builder {
        private final String name;
        private final List<Segment> segments = new ArrayList<>();

        private Builder(String name) {
            this.name = name;
        }

        /// Appends a segment that runs once.
        public Builder once(String segment, Consumer<Consumer<Op>> body) {
            return repeat(segment, 1, body);
        }

        /// Appends a segment that runs `count` times, at layers 0 to `count - 1`.
        public Builder repeat(String segment, int count, Consumer<Consumer<Op>> body) {
            return repeat(segment, 0, count, body);
        }

        /// Appends a segment that runs `count` times, at layers `first` to `first + count - 1`.
        public Builder repeat(String segment, int first, int count, Consumer<Consumer<Op>> body) {
            var ops = new ArrayList<Op>();
            body.accept(ops::add);
            segments.add(new Segment(segment, first, count, false, ops));
            return this;
        }

        public Program build() {
            return new Program(name, segments);
        }
    }
}
