package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.MeanPool;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The mean of the first rows of each sequence.
///
/// @param workers threads
/// @param batch B
/// @param positions T
/// @param columns C
record MeanPoolKernel(Workers workers, int batch, int positions, int columns) {
    static Runnable bind(MeanPool op, Binding binding) {
        int positions = op.x().shape().dimension(1);
        var kernel =
                new MeanPoolKernel(
                        binding.workers(), op.out().rows(), positions, op.out().columns());
        MemorySegment x = binding.at(op.x());
        MemorySegment lengths = binding.at(op.lengths());
        MemorySegment out = binding.at(op.out());
        return () -> kernel.forward(x, lengths, out);
    }

    static Runnable bind(MeanPool.Backward op, Binding binding) {
        int positions = op.dX().shape().dimension(1);
        var kernel =
                new MeanPoolKernel(
                        binding.workers(), op.dOut().rows(), positions, op.dOut().columns());
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment lengths = binding.at(op.lengths());
        MemorySegment dX = binding.at(op.dX());
        return () -> kernel.backward(dOut, lengths, dX);
    }

    /// @param x `[B, T, C]`
    /// @param lengths `[B]` I32
    /// @param out `[B, C]`
    /// @throws IllegalArgumentException if a length is not from 0 to T
    private void forward(MemorySegment x, MemorySegment lengths, MemorySegment out) {
        workers.run(
                batch,
                (sequence, scratch) -> {
                    int length = length(lengths, sequence);
                    int width = Packing.roundUp(columns, Lanes.COUNT);
                    float[] sums = scratch.floats(0, width);
                    float[] row = scratch.floats(1, width);
                    Arrays.fill(sums, 0, width, 0);
                    for (int i = 0; i < length; i++) {
                        long offset = 4L * columns * ((long) sequence * positions + i);
                        Packing.rows(x, offset, 0, 1, columns, row, 0);
                        add(sums, row, columns);
                    }
                    float share = length == 0 ? 0 : 1f / length;
                    Packing.store(sums, 0, columns, share, out, 4L * columns * sequence);
                });
    }

    private static void add(float[] sums, float[] row, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            Lanes.load(sums, i).add(Lanes.load(row, i)).intoArray(sums, i);
        }
    }

    private int length(MemorySegment lengths, int sequence) {
        int length = lengths.getAtIndex(ValueLayout.JAVA_INT, sequence);
        if (length < 0 || length > positions) {
            throw new IllegalArgumentException(
                    "MeanPool: the length of sequence %d is %d; expected 0 to %d"
                            .formatted(sequence, length, positions));
        }
        return length;
    }

    /// @param dOut `[B, C]`
    /// @param lengths `[B]` I32
    /// @param dX `[B, T, C]`, assigned
    /// @throws IllegalArgumentException if a length is not from 0 to T
    private void backward(MemorySegment dOut, MemorySegment lengths, MemorySegment dX) {
        long bytes = 4L * columns;
        workers.run(
                batch,
                (sequence, scratch) -> {
                    int length = length(lengths, sequence);
                    float[] row = scratch.floats(0, Packing.roundUp(columns, Lanes.COUNT));
                    Packing.rows(dOut, bytes * sequence, 0, 1, columns, row, 0);
                    long start = bytes * sequence * positions;
                    for (int i = 0; i < length; i++) {
                        Packing.store(row, 0, columns, 1f / length, dX, start + bytes * i);
                    }
                    long rest = bytes * (positions - length);
                    dX.asSlice(start + bytes * length, rest).fill((byte) 0);
                });
    }
}
