package io.tornadogpt.bench;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Fused multiply-adds in registers, in as many independent chains as hide their latency (two a
/// cycle, four cycles each) and leave registers for the factors.
final class MultiplyAddLoop {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int VECTOR_BITS = SPECIES.vectorBitSize();

    private static final int CHAINS = 10;
    private static final int ITERATIONS = 2_000_000;
    private static final int WARM_UP = 5;
    private static final int ROUNDS = 10;

    /// Where results go, so that they are computed.
    @SuppressWarnings("UnusedVariable") // nobody has to read it
    private static volatile float sink;

    private MultiplyAddLoop() {}

    /// The best of several rounds.
    static double flopsPerSecond(int threads) {
        double perRound = 2.0 * CHAINS * SPECIES.length() * ITERATIONS * threads;
        double best = 0;
        for (int round = 0; round < WARM_UP + ROUNDS; round++) {
            long nanos = Threads.nanos(threads, number -> sink = run(1 - 1e-7f, 1e-7f));
            best = Math.max(best, perRound * 1e9 / nanos);
        }
        return best;
    }

    private static float run(float factor, float term) {
        FloatVector a = FloatVector.broadcast(SPECIES, factor);
        FloatVector b = FloatVector.broadcast(SPECIES, term);
        FloatVector c0 = b;
        FloatVector c1 = c0.add(b);
        FloatVector c2 = c1.add(b);
        FloatVector c3 = c2.add(b);
        FloatVector c4 = c3.add(b);
        FloatVector c5 = c4.add(b);
        FloatVector c6 = c5.add(b);
        FloatVector c7 = c6.add(b);
        FloatVector c8 = c7.add(b);
        FloatVector c9 = c8.add(b);
        for (int i = 0; i < ITERATIONS; i++) {
            c0 = c0.fma(a, b);
            c1 = c1.fma(a, b);
            c2 = c2.fma(a, b);
            c3 = c3.fma(a, b);
            c4 = c4.fma(a, b);
            c5 = c5.fma(a, b);
            c6 = c6.fma(a, b);
            c7 = c7.fma(a, b);
            c8 = c8.fma(a, b);
            c9 = c9.fma(a, b);
        }
        FloatVector all =
                c0.add(c1).add(c2).add(c3).add(c4).add(c5).add(c6).add(c7).add(c8).add(c9);
        return all.lane(0);
    }
}
