package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.ArgMax;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The largest of each row of logits.
final class ArgMaxKernel {
    /// What is chosen where there is nothing to choose from.
    static final int NONE = -1;

    /// What a logit is above unless its token is not to be drawn.
    private static final float LOWEST = -1e30f;

    private ArgMaxKernel() {}

    static Runnable bind(ArgMax op, Binding binding) {
        MemorySegment logits = binding.at(op.logits());
        MemorySegment ids = binding.at(op.ids());
        int rows = op.logits().rows();
        int columns = op.logits().columns();
        return () -> argMax(binding.workers(), logits, ids, rows, columns);
    }

    /// The first of each row's largest elements.
    ///
    /// @param logits `[N, V]`
    /// @param ids `[N]` I32
    static void argMax(
            Workers workers, MemorySegment logits, MemorySegment ids, int rows, int vocabulary) {
        workers.run(
                rows,
                (row, scratch) -> {
                    float[] values = row(logits, row, vocabulary, scratch);
                    int best = drawable(values, vocabulary) ? largest(values, vocabulary) : NONE;
                    ids.setAtIndex(ValueLayout.JAVA_INT, row, best);
                });
    }

    static float[] row(MemorySegment logits, long row, int vocabulary, Scratch scratch) {
        float[] values = scratch.floats(0, vocabulary);
        MemorySegment.copy(
                logits, ValueLayout.JAVA_FLOAT, 4L * row * vocabulary, values, 0, vocabulary);
        return values;
    }

    /// Whether there is something to choose from, and nothing that is no number.
    static boolean drawable(float[] values, int count) {
        boolean any = false;
        for (int i = 0; i < count; i++) {
            if (!(values[i] < Float.POSITIVE_INFINITY)) {
                return false;
            }
            any |= values[i] > LOWEST;
        }
        return any;
    }

    static int largest(float[] values, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }
}
