package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.CrossEntropy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Cross-entropy of rows of logits and their targets; a negative target is ignored.
final class CrossEntropyKernel {
    private CrossEntropyKernel() {}

    static Runnable bind(CrossEntropy op, Binding binding) {
        MemorySegment logits = binding.at(op.logits());
        MemorySegment targets = binding.at(op.targets());
        MemorySegment lse = binding.at(op.lse());
        MemorySegment losses = binding.at(op.losses());
        int rows = op.logits().rows();
        int columns = op.logits().columns();
        return () -> forward(binding.workers(), logits, targets, lse, losses, rows, columns);
    }

    static Runnable bind(CrossEntropy.Backward op, Binding binding) {
        MemorySegment logits = binding.at(op.logits());
        MemorySegment targets = binding.at(op.targets());
        MemorySegment lse = binding.at(op.lse());
        MemorySegment dLosses = binding.at(op.dLosses());
        MemorySegment dLogits = binding.at(op.dLogits());
        int rows = op.logits().rows();
        int columns = op.logits().columns();
        return () ->
                backward(binding.workers(), logits, targets, lse, dLosses, dLogits, rows, columns);
    }

    /// `losses = lse - logits[target]`.
    ///
    /// @param logits `[N, V]`
    /// @param targets `[N]` I32
    /// @param lse `[N]`
    /// @param losses `[N]`
    /// @throws IllegalArgumentException if a target is not below V
    private static void forward(
            Workers workers,
            MemorySegment logits,
            MemorySegment targets,
            MemorySegment lse,
            MemorySegment losses,
            int rows,
            int vocabulary) {
        var parts = Partition.ofRows(rows, vocabulary);
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    float[] row = scratch.floats(0, Packing.roundUp(vocabulary, Lanes.COUNT));
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        int target = target(targets, i, vocabulary);
                        Packing.rows(logits, 4L * i * vocabulary, 0, 1, vocabulary, row, 0);
                        float sum = RowMath.logSumExp(row, vocabulary);
                        lse.setAtIndex(ValueLayout.JAVA_FLOAT, i, sum);
                        float loss = target < 0 ? 0 : sum - row[target];
                        losses.setAtIndex(ValueLayout.JAVA_FLOAT, i, loss);
                    }
                });
    }

    private static int target(MemorySegment targets, long row, int vocabulary) {
        int target = targets.getAtIndex(ValueLayout.JAVA_INT, row);
        if (target >= vocabulary) {
            throw new IllegalArgumentException(
                    "CrossEntropy: target %d of row %d is beyond the vocabulary of %d"
                            .formatted(target, row, vocabulary));
        }
        return target;
    }

    /// `dLogits = (softmax(logits) - onehot(target)) * dLosses`; 0 where the target is ignored.
    ///
    /// @param logits `[N, V]`
    /// @param targets `[N]` I32
    /// @param lse `[N]`
    /// @param dLosses `[N]`
    /// @param dLogits `[N, V]`, assigned; may be `logits`
    private static void backward(
            Workers workers,
            MemorySegment logits,
            MemorySegment targets,
            MemorySegment lse,
            MemorySegment dLosses,
            MemorySegment dLogits,
            int rows,
            int vocabulary) {
        var parts = Partition.ofRows(rows, vocabulary);
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    float[] row = scratch.floats(0, Packing.roundUp(vocabulary, Lanes.COUNT));
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        long offset = 4L * i * vocabulary;
                        int target = target(targets, i, vocabulary);
                        if (target < 0) {
                            dLogits.asSlice(offset, 4L * vocabulary).fill((byte) 0);
                            continue;
                        }
                        Packing.rows(logits, offset, 0, 1, vocabulary, row, 0);
                        expMinus(row, vocabulary, lse.getAtIndex(ValueLayout.JAVA_FLOAT, i));
                        row[target] -= 1;
                        float dLoss = dLosses.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                        Packing.store(row, 0, vocabulary, dLoss, dLogits, offset);
                    }
                });
    }

    private static void expMinus(float[] row, int count, float lse) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMath.exp(Lanes.load(row, i).sub(lse)).intoArray(row, i);
        }
    }
}
