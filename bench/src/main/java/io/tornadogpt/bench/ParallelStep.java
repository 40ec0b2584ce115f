package io.tornadogpt.bench;

import io.tornadogpt.core.random.Threefry;

import java.util.Arrays;

/// How long a step takes that many machines make together, by a simulation of what they do: compute
/// gradients, hand their sums to each other part by part, add them up, and hand the new weights to
/// each other. Each machine has a clock, and waits for those that it gets something from.
///
/// Gradients go by `P - 1` exchanges in pairs, weights around a ring, losses to one machine and
/// back, for `P` machines. A transfer takes the network's latency and its bytes over its bandwidth,
/// in both directions at the same time.
///
/// @param weights that are trained
/// @param computeSeconds for a machine's micro-batches, the mean
/// @param spread of the machines' times: each is between `1 - spread` and `1 + spread` times the
///   mean, in each step anew
/// @param sums of gradients that each machine sends, one for a number of micro-batches that is a
///   power of two
/// @param memoryBandwidth bytes a second at which a machine adds numbers up
public record ParallelStep(
        long weights, double computeSeconds, double spread, int sums, double memoryBandwidth) {
    private static final double FLOAT = Float.BYTES;

    /// Bytes that the optimizer reads and writes for a weight: itself, its gradient, two moments.
    private static final double UPDATE_BYTES = 7 * FLOAT;

    private static final int STEPS = 8;

    /// What lies between the machines.
    ///
    /// @param name for people
    /// @param bandwidth bytes a second of a machine, each way
    /// @param latency seconds of a message without a length
    public record Network(String name, double bandwidth, double latency) {
        public Network {
            if (!(bandwidth > 0 && latency >= 0)) {
                throw new IllegalArgumentException(
                        "a network has %s bytes a second and a latency of %s s; expected more than 0, and 0 or more"
                                .formatted(bandwidth, latency));
            }
        }
    }

    public ParallelStep {
        if (weights < 1 || !(computeSeconds > 0) || !(spread >= 0 && spread < 1) || sums < 1) {
            throw new IllegalArgumentException(
                    "a step of %d weights computes for %s s with a spread of %s and %d sums; expected at least 1 weight, a time above 0, a spread from 0 to less than 1, and at least 1 sum"
                            .formatted(weights, computeSeconds, spread, sums));
        }
    }

    /// Seconds of a step, the mean of some.
    ///
    /// @param machines at least 1
    public double seconds(int machines, Network network) {
        var clocks = new double[machines];
        for (int step = 0; step < STEPS; step++) {
            step(step, clocks, network);
        }
        return Arrays.stream(clocks).max().orElseThrow() / STEPS;
    }

    /// How much of a machine's time is spent on gradients: 1 where nothing is waited for.
    public double efficiency(int machines, Network network) {
        return computeSeconds / seconds(machines, network);
    }

    private void step(int step, double[] clocks, Network network) {
        int machines = clocks.length;
        var random = Threefry.of(0, step, 0);
        for (int machine = 0; machine < machines; machine++) {
            double unit = random.word(machine, 0, 0, 0) / 0x1p31; // from -1 to 1
            clocks[machine] += computeSeconds * (1 + spread * unit);
        }
        if (machines > 1) {
            double together = Arrays.stream(clocks).max().orElseThrow();
            Arrays.fill(clocks, together + 2 * network.latency());
        }
        double part = (double) weights / machines;
        for (int distance = 1; distance < machines; distance++) {
            exchange(clocks, distance, part * FLOAT * sums, network);
        }
        // Every sum is read, and the first of them written.
        double added = part * FLOAT * (2.0 * sums * machines) + part * UPDATE_BYTES;
        for (int machine = 0; machine < machines; machine++) {
            clocks[machine] += added / memoryBandwidth;
        }
        for (int round = 1; round < machines; round++) {
            exchange(clocks, 1, part * FLOAT, network);
        }
    }

    /// Each machine gets bytes from the one that stands so far before it.
    private static void exchange(double[] clocks, int distance, double bytes, Network network) {
        double[] before = clocks.clone();
        for (int machine = 0; machine < clocks.length; machine++) {
            int from = Math.floorMod(machine - distance, clocks.length);
            clocks[machine] =
                    Math.max(before[machine], before[from])
                            + network.latency()
                            + bytes / network.bandwidth();
        }
    }
}
