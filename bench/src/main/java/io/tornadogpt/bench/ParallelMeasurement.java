package io.tornadogpt.bench;

import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.ExchangeTimes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// How long steps take that several processes make together, where the time goes, and how fast the
/// processes can reach each other.
///
/// Immutable, so that threads may share it.
///
/// @param step seconds, the median over steps, as this process saw it
/// @param computing seconds of each process for its micro-batches, by rank
/// @param parts of the exchange, each a median over steps
/// @param network what lies between the processes
public record ParallelMeasurement(
        double step, List<Double> computing, ExchangeTimes parts, ParallelStep.Network network) {
    private static final int MESSAGES = 41;
    private static final int EXCHANGES = 9;
    private static final int BYTES = 16 << 20;

    public ParallelMeasurement {
        computing = List.copyOf(computing);
    }

    /// Measures; every process does at the same time.
    ///
    /// @param job that adds gradients up by the tree
    /// @param steps that are measured, at least 1; two others come before them
    public static ParallelMeasurement of(TrainingJob job, Communicator communicator, int steps) {
        job.run();
        job.run();
        var totals = new double[steps];
        var parts = new ArrayList<ExchangeTimes>();
        for (int i = 0; i < steps; i++) {
            ExchangeTimes before = job.exchangeTimes().orElseThrow();
            totals[i] = job.run().milliseconds() / 1000;
            parts.add(job.exchangeTimes().orElseThrow().since(before));
        }
        var computing = new double[steps];
        for (int i = 0; i < steps; i++) {
            computing[i] = totals[i] - parts.get(i).exchange() - parts.get(i).update();
        }
        byte[] own = ByteBuffer.allocate(Double.BYTES).putDouble(median(computing)).array();
        List<Double> all =
                communicator.gather(own).stream().map(b -> ByteBuffer.wrap(b).getDouble()).toList();
        var medians =
                new ExchangeTimes(
                        median(parts, ExchangeTimes::sums),
                        median(parts, ExchangeTimes::waiting),
                        median(parts, ExchangeTimes::gradients),
                        median(parts, ExchangeTimes::additions),
                        median(parts, ExchangeTimes::norm),
                        median(parts, ExchangeTimes::update),
                        median(parts, ExchangeTimes::weights));
        return new ParallelMeasurement(median(totals), all, medians, network(communicator));
    }

    private static double median(List<ExchangeTimes> parts, ToDoubleFunction<ExchangeTimes> part) {
        return median(parts.stream().mapToDouble(part).toArray());
    }

    private static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /// What is between the processes; for a process that is alone, how fast it copies.
    private static ParallelStep.Network network(Communicator communicator) {
        int size = communicator.size();
        var messages = new double[MESSAGES];
        for (int i = 0; i < MESSAGES; i++) {
            long begin = System.nanoTime();
            communicator.gather(new byte[Double.BYTES]);
            messages[i] = (System.nanoTime() - begin) * 1e-9 / 2; // there and back
        }
        var exchanges = new double[EXCHANGES];
        try (Arena arena = Arena.ofShared()) {
            MemorySegment send = arena.allocate((long) BYTES * size, Double.BYTES);
            MemorySegment receive = arena.allocate((long) BYTES * size, Double.BYTES);
            var bytes = new int[size];
            Arrays.fill(bytes, BYTES);
            if (size > 1) {
                bytes[communicator.rank()] = 0;
            }
            for (int i = 0; i < EXCHANGES; i++) {
                communicator.gather(new byte[0]);
                long begin = System.nanoTime();
                communicator.exchange(send, bytes, receive, bytes);
                exchanges[i] = (System.nanoTime() - begin) * 1e-9;
            }
        }
        double moved = (double) BYTES * Math.max(1, size - 1);
        return new ParallelStep.Network("measured", moved / median(exchanges), median(messages));
    }

    /// The seconds that a process computes, the mean over processes.
    public double meanComputing() {
        return computing.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }

    /// By what share of it the slowest one computes longer.
    public double spread() {
        double most = computing.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return Math.clamp(most / meanComputing() - 1, 0, 0.99);
    }
}
