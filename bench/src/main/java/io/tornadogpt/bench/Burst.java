package io.tornadogpt.bench;

import java.util.ArrayList;
import java.util.List;

/// A job done several times in a row, and what it took each time.
///
/// @param timings in order
/// @param peakBytes the most memory that the process has had in use so far, 0 where that is not
///   known
public record Burst(List<Job.Timing> timings, long peakBytes) {
    public Burst {
        timings = List.copyOf(timings);
    }

    /// Does a job at least once, until the time is over or it was done often enough.
    ///
    /// @param seconds how long to go on
    /// @param most how often at most
    public static Burst of(Job job, double seconds, int most) {
        var timings = new ArrayList<Job.Timing>();
        long begin = System.nanoTime();
        do {
            timings.add(job.run());
        } while (timings.size() < most && System.nanoTime() - begin < seconds * 1e9);
        return new Burst(timings, PeakMemory.bytes());
    }

    /// This burst and another of the same process after it.
    public Burst and(Burst later) {
        var all = new ArrayList<>(timings);
        all.addAll(later.timings);
        return new Burst(all, Math.max(peakBytes, later.peakBytes));
    }
}
