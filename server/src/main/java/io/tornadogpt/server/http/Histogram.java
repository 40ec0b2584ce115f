package io.tornadogpt.server.http;

import java.util.concurrent.atomic.LongAdder;

/// Counts durations by size, as Prometheus expects it. May be used by any thread.
public final class Histogram {
    /// Upper bounds in seconds.
    private static final double[] BOUNDS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300
    };

    private final String name;
    private final String help;
    private final LongAdder[] counts = new LongAdder[BOUNDS.length + 1];
    private final LongAdder nanos = new LongAdder();

    /// @param name as it is exported, with the unit `seconds`
    public Histogram(String name, String help) {
        this.name = name;
        this.help = help;
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    /// Counts a duration.
    public void add(long duration) {
        int bucket = 0;
        while (bucket < BOUNDS.length && duration * 1e-9 > BOUNDS[bucket]) {
            bucket++;
        }
        counts[bucket].increment();
        nanos.add(duration);
    }

    void write(StringBuilder out) {
        out.append("# HELP %s %s\n# TYPE %s histogram\n".formatted(name, help, name));
        long below = 0;
        for (int i = 0; i < BOUNDS.length; i++) {
            below += counts[i].sum();
            out.append("%s_bucket{le=\"%s\"} %d\n".formatted(name, BOUNDS[i], below));
        }
        below += counts[BOUNDS.length].sum();
        out.append("%s_bucket{le=\"+Inf\"} %d\n".formatted(name, below));
        out.append("%s_sum %s\n".formatted(name, nanos.sum() * 1e-9));
        out.append("%s_count %d\n".formatted(name, below));
    }
}
