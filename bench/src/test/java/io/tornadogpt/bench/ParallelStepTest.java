package io.tornadogpt.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.bench.ParallelStep.Network;

import org.junit.jupiter.api.Test;

/// The simulation of a step of many machines, where its result is known.
class ParallelStepTest {
    private static final double MEMORY = 10e9;
    private static final Network NETWORK = new Network("10 Gbit/s", 1.25e9, 20e-6);

    private static double added(long weights, int machines) {
        double part = (double) weights / machines;
        return part * 4 * (2 * machines + 7) / MEMORY;
    }

    @Test
    void equalMachinesTakeWhatTheFormulaSays() {
        long weights = 124_000_000;
        var step = new ParallelStep(weights, 5, 0, 1, MEMORY);
        for (int machines : new int[] {1, 2, 8, 100}) {
            double bytes = 4.0 * weights / machines;
            double transfer = NETWORK.latency() + bytes / NETWORK.bandwidth();
            double greeting = machines == 1 ? 0 : 2 * NETWORK.latency();
            double expected =
                    5 + greeting + 2 * (machines - 1) * transfer + added(weights, machines);
            assertEquals(expected, step.seconds(machines, NETWORK), 1e-9 * expected);
        }
    }

    @Test
    void theSlowestMachineIsWaitedFor() {
        var even = new ParallelStep(1000, 1, 0, 1, MEMORY);
        var uneven = new ParallelStep(1000, 1, 0.1, 1, MEMORY);
        double slower = uneven.seconds(64, NETWORK) / even.seconds(64, NETWORK);
        assertTrue(slower > 1.08 && slower < 1.1, "by " + slower);
    }

    @Test
    void moreSumsAreMoreBytes() {
        var one = new ParallelStep(124_000_000, 5, 0, 1, MEMORY);
        var three = new ParallelStep(124_000_000, 5, 0, 3, MEMORY);
        assertTrue(three.efficiency(16, NETWORK) < one.efficiency(16, NETWORK));
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ParallelStep(0, 1, 0, 1, MEMORY));
        assertThrows(IllegalArgumentException.class, () -> new Network("none", 0, 0));
    }
}
