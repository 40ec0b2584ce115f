package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.MeanPool;
import io.tornadogpt.core.op.Rotary;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Step;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.LinkedHashSet;
import java.util.Set;

/// What a program demands of the integers that the host writes, checked on the host: a kernel reads
/// out of bounds without a word.
final class InputChecks {
    /// Stands for no lowest number: negative ones are ignored.
    private static final int ANY = Integer.MIN_VALUE;

    private final Set<Range> ranges = new LinkedHashSet<>();

    /// @param lowest number that is allowed, or [#ANY]
    /// @param end the first that is too large
    /// @param shift one number that is added before, at `shiftSlice`; null for none
    private record Range(
            TensorSpec spec,
            int slice,
            long elements,
            int lowest,
            int end,
            @Nullable TensorSpec shift,
            int shiftSlice,
            String what) {}

    InputChecks(Program program) {
        program.steps().forEach(this::add);
    }

    private void add(Step step) {
        switch (step.op()) {
            case Embedding o ->
                    add(step, o.ids(), o.optional() ? -1 : 0, o.table().rows() - o.offset());
            case Embedding.Backward o ->
                    add(step, o.ids(), o.optional() ? -1 : 0, o.dTable().rows() - o.offset());
            case CrossEntropy o -> add(step, o.targets(), ANY, o.logits().columns());
            case CrossEntropy.Backward o -> add(step, o.targets(), ANY, o.logits().columns());
            case CachedAttention o -> {
                add(step, o.slots(), 0, o.slotCount());
                add(step, o.positions(), ANY, o.capacity());
            }
            case Attention o -> addSpans(step, o.view(), o.positions());
            case Attention.Backward o -> addSpans(step, o.view(), o.positions());
            case MeanPool o -> add(step, o.lengths(), 0, o.x().shape().dimension(1) + 1);
            case MeanPool.Backward o -> add(step, o.lengths(), 0, o.dX().shape().dimension(1) + 1);
            case Rotary o -> addRotary(step, o);
            default -> {}
        }
    }

    private void addSpans(Step step, Attention.View view, int positions) {
        if (view.spans() != null) {
            add(step, view.spans(), 0, positions + 1);
        }
    }

    /// A position and the first row of its layer's angles together lie in the table.
    private void addRotary(Step step, Rotary op) {
        Tensor first = op.first();
        if (first == null) {
            add(step, op.positions(), ANY, op.table().rows());
        } else {
            add(step, first, 0, op.table().rows());
            add(step, op.positions(), ANY, op.table().rows(), first);
        }
    }

    private void add(Step step, Tensor tensor, int lowest, int end) {
        add(step, tensor, lowest, end, null);
    }

    /// @param shift what is added to the numbers before they are used
    private void add(Step step, Tensor tensor, int lowest, int end, @Nullable Tensor shift) {
        if (isInput(tensor)) {
            ranges.add(
                    new Range(
                            tensor.spec(),
                            tensor.sliceAt(step.layer()),
                            tensor.elements(),
                            lowest,
                            end,
                            shift != null && isInput(shift) ? shift.spec() : null,
                            shift == null ? 0 : shift.sliceAt(step.layer()),
                            step.op().name()));
        }
    }

    private static boolean isInput(Tensor tensor) {
        return tensor.spec().role() == Role.INPUT;
    }

    /// @param staged what the host wrote
    /// @throws IllegalArgumentException for a value that an operation cannot use
    void check(DeviceLayout layout, IntArray staged) {
        for (Range range : ranges) {
            int at = staged(layout, range.spec, range.slice);
            int shift = range.shift == null ? -1 : staged(layout, range.shift, range.shiftSlice);
            if (at >= 0) {
                check(range, staged, at, shift < 0 ? 0 : staged.get(shift));
            }
        }
    }

    /// Where a tensor lies among what the host wrote, or -1.
    private static int staged(DeviceLayout layout, TensorSpec spec, int slice) {
        DeviceLayout.Home home = layout.home(spec);
        return layout.isInbox(home.array()) ? Math.toIntExact(home.start(spec, slice)) : -1;
    }

    private static void check(Range range, IntArray staged, int offset, int shift) {
        int end = range.end - shift;
        for (int i = 0; i < range.elements; i++) {
            int value = staged.get(offset + i);
            if (value < range.lowest || value >= end) {
                throw new IllegalArgumentException(
                        "%s: element %d of %s is %d; expected %s below %d"
                                .formatted(
                                        range.what,
                                        i,
                                        range.spec.name(),
                                        value,
                                        range.lowest == ANY
                                                ? "a number"
                                                : range.lowest + " or more and",
                                        end));
            }
        }
    }
}
