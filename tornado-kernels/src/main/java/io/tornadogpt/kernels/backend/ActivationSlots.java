package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Segment;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Which activations of one program can share an array, largest first.
final class ActivationSlots {
    /// One activation.
    ///
    /// @param collapsed whether only one slice lives at a time
    /// @param first the first operation that names it, in the program's order
    /// @param last the last one
    record Tenant(String name, boolean collapsed, DType type, long elements, int first, int last) {
        boolean meets(Tenant other) {
            return first <= other.last && other.first <= last;
        }
    }

    record Slot(long elements, List<Tenant> tenants) {}

    private final Map<DType, List<Slot>> slots = new HashMap<>();

    ActivationSlots(Program program) {
        tenants(program).stream()
                .sorted(
                        (a, b) ->
                                a.elements != b.elements
                                        ? Long.compare(b.elements, a.elements)
                                        : Integer.compare(a.first, b.first))
                .forEach(this::place);
    }

    List<Slot> of(DType type) {
        return slots.getOrDefault(type, List.of());
    }

    private void place(Tenant tenant) {
        List<Slot> all = slots.computeIfAbsent(tenant.type, _ -> new ArrayList<>());
        for (Slot slot : all) {
            if (slot.tenants.stream().noneMatch(tenant::meets)) {
                slot.tenants.add(tenant);
                return;
            }
        }
        all.add(new Slot(tenant.elements, new ArrayList<>(List.of(tenant))));
    }

    private static List<Tenant> tenants(Program program) {
        Map<String, Uses> uses = new LinkedHashMap<>();
        int position = 0;
        for (Segment segment : program.segments()) {
            int start = position;
            int end = start + segment.ops().size() - 1;
            for (Op op : segment.ops()) {
                int now = position++;
                Stream.concat(op.inputs().stream(), op.outputs().stream())
                        .filter(t -> t.spec().role() == Role.ACTIVATION)
                        .forEach(
                                t ->
                                        uses.computeIfAbsent(
                                                        t.spec().name(), _ -> new Uses(t.spec()))
                                                .add(t, segment, now, start, end));
            }
        }
        return uses.values().stream().map(Uses::tenant).toList();
    }

    /// Where a program names an activation.
    private static final class Uses {
        private final TensorSpec spec;
        private final Set<Integer> segments = new HashSet<>();
        private final Set<Slice> slices = new HashSet<>();
        private int first = Integer.MAX_VALUE;
        private int last = -1;

        /// First and last operation, a repeated segment counted as a whole.
        private int firstOfAll = Integer.MAX_VALUE;

        private int lastOfAll = -1;

        Uses(TensorSpec spec) {
            this.spec = spec;
        }

        void add(Tensor tensor, Segment segment, int now, int start, int end) {
            segments.add(start);
            slices.add(tensor.slice());
            boolean repeated = segment.repeat() > 1;
            first = Math.min(first, now);
            last = Math.max(last, now);
            firstOfAll = Math.min(firstOfAll, repeated ? start : now);
            lastOfAll = Math.max(lastOfAll, repeated ? end : now);
        }

        Tenant tenant() {
            boolean collapsed =
                    segments.size() == 1
                            && slices.size() == 1
                            && (!spec.stacked() || slices.iterator().next() instanceof Slice.Layer);
            return collapsed
                    ? new Tenant(
                            spec.name(), true, spec.dtype(), spec.shape().elements(), first, last)
                    : new Tenant(
                            spec.name(),
                            false,
                            spec.dtype(),
                            spec.elements(),
                            firstOfAll,
                            lastOfAll);
        }
    }
}
