package io.tornadogpt.bench;

import io.tornadogpt.trainer.loop.MemoryBudget;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/// A sum over more memory than any cache holds.
final class ReadLoop {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final long BYTES = 1L << 30;
    private static final int ROUNDS = 6;
    private static final int PAGE = 4096;

    /// Where results go, so that they are computed.
    @SuppressWarnings("UnusedVariable") // nobody has to read it
    private static volatile float sink;

    private ReadLoop() {}

    /// The best of several rounds, the first of which only warm up.
    static double bytesPerSecond(int threads) {
        MemoryBudget.require(BYTES);
        long step = 4L * SPECIES.vectorByteSize();
        long share = BYTES / threads / step * step;
        try (var arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(BYTES, PAGE);
            memory.fill((byte) 0);
            double best = 0;
            for (int round = 0; round < ROUNDS; round++) {
                long nanos =
                        Threads.nanos(
                                threads,
                                number -> sink = sum(memory, number * share, (number + 1) * share));
                best = Math.max(best, share * threads * 1e9 / nanos);
            }
            return best;
        }
    }

    private static float sum(MemorySegment memory, long from, long to) {
        int bytes = SPECIES.vectorByteSize();
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (long at = from; at < to; at += 4L * bytes) {
            s0 = s0.add(vector(memory, at));
            s1 = s1.add(vector(memory, at + bytes));
            s2 = s2.add(vector(memory, at + 2L * bytes));
            s3 = s3.add(vector(memory, at + 3L * bytes));
        }
        return s0.add(s1).add(s2.add(s3)).lane(0);
    }

    private static FloatVector vector(MemorySegment memory, long at) {
        return FloatVector.fromMemorySegment(SPECIES, memory, at, ByteOrder.nativeOrder());
    }
}
