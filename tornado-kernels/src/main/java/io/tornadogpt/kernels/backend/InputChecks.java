package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Step;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.LinkedHashSet;
import java.util.Set;

/// What a program demands of the integers that the host writes, checked on the host: a kernel reads
/// out of bounds without a word.
final class InputChecks {
    private final Set<Range> ranges = new LinkedHashSet<>();

    /// @param lowest Integer.MIN_VALUE where a negative one is ignored
    private record Range(
            TensorSpec spec, int slice, long elements, int lowest, int end, String what) {}

    InputChecks(Program program) {
        program.steps().forEach(this::add);
    }

    private void add(Step step) {
        switch (step.op()) {
            case Embedding o -> add(step, o.ids(), 0, o.table().rows());
            case Embedding.Backward o -> add(step, o.ids(), 0, o.dTable().rows());
            case CrossEntropy o -> add(step, o.targets(), Integer.MIN_VALUE, o.logits().columns());
            case CrossEntropy.Backward o ->
                    add(step, o.targets(), Integer.MIN_VALUE, o.logits().columns());
            case CachedAttention o -> add(step, o.positions(), 0, o.capacity());
            default -> {}
        }
    }

    private void add(Step step, Tensor tensor, int lowest, int end) {
        if (tensor.spec().role() == Role.INPUT) {
            ranges.add(
                    new Range(
                            tensor.spec(),
                            tensor.sliceAt(step.layer()),
                            tensor.elements(),
                            lowest,
                            end,
                            step.op().name()));
        }
    }

    /// @param staged what the host wrote
    /// @throws IllegalArgumentException for a value that an operation cannot use
    void check(DeviceLayout layout, IntArray staged) {
        for (Range range : ranges) {
            DeviceLayout.Home home = layout.home(range.spec);
            if (layout.isInbox(home.array())) {
                check(range, staged, Math.toIntExact(home.start(range.spec, range.slice)));
            }
        }
    }

    private static void check(Range range, IntArray staged, int offset) {
        for (int i = 0; i < range.elements; i++) {
            int value = staged.get(offset + i);
            if (value < range.lowest || value >= range.end) {
                throw new IllegalArgumentException(
                        "%s: element %d of %s is %d; expected %s below %d"
                                .formatted(
                                        range.what,
                                        i,
                                        range.spec.name(),
                                        value,
                                        range.lowest == 0 ? "0 or more and" : "a number",
                                        range.end));
            }
        }
    }
}
