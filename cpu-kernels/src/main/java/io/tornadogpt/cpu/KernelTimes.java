package io.tornadogpt.cpu;

import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.op.Op;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Adds up what each kind of operation takes.
final class KernelTimes {
    private static final class Sum {
        private long calls;
        private long nanos;
        private long flops;
    }

    private final Map<String, Sum> sums = new LinkedHashMap<>();
    private long wallNanos;

    /// A kernel that is timed whenever it runs.
    Runnable timed(Op op, Runnable kernel) {
        Sum sum = sums.computeIfAbsent(op.label(), label -> new Sum());
        long flops = op.flops();
        return () -> {
            long start = System.nanoTime();
            kernel.run();
            sum.nanos += System.nanoTime() - start;
            sum.calls++;
            sum.flops += flops;
        };
    }

    /// Runs a program's kernels in turn.
    void run(List<Runnable> kernels) {
        long start = System.nanoTime();
        kernels.forEach(Runnable::run);
        wallNanos += System.nanoTime() - start;
    }

    /// What was added since this was asked last.
    Profile take() {
        var ops = new ArrayList<Profile.OpTime>();
        long calls = 0;
        long nanos = 0;
        for (Map.Entry<String, Sum> entry : sums.entrySet()) {
            Sum sum = entry.getValue();
            if (sum.calls > 0) {
                ops.add(new Profile.OpTime(entry.getKey(), sum.calls, sum.nanos, sum.flops));
            }
            calls += sum.calls;
            nanos += sum.nanos;
            sum.calls = 0;
            sum.nanos = 0;
            sum.flops = 0;
        }
        ops.sort(Comparator.comparingLong(Profile.OpTime::nanos).reversed());
        var profile = new Profile(calls, wallNanos, nanos, 0, 0, 0, 0, ops);
        wallNanos = 0;
        return profile;
    }
}
