package io.tornadogpt.kernels;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.testing.OpCase;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.OpCheck;
import io.tornadogpt.kernels.backend.TornadoBackend;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Prints the table of docs/kernels.md: the largest case of each op within a limit of work, whether
/// it is right, how far off, how fast, and how that compares with plain Java loops.
public final class KernelTable {
    private static final double SECONDS = 0.3;
    private static final int FEWEST_RUNS = 5;

    private KernelTable() {}

    /// @param arguments the most operations of a case (100000000)
    public static void main(String[] arguments) {
        long most = arguments.length > 0 ? Long.parseLong(arguments[0]) : 100_000_000;
        var device = new TornadoBackend();
        System.out.printf("Device: %s%n%n", device.description());
        System.out.println("| case | right | worst error | ms | rate | times plain Java |");
        System.out.println("| --- | --- | --- | --- | --- | --- |");
        for (OpCase opCase : largest(device, most)) {
            row(device, opCase);
        }
    }

    private static Iterable<OpCase> largest(Backend device, long most) {
        Map<String, OpCase> cases = new LinkedHashMap<>();
        for (OpCase opCase : OpCases.all()) {
            if (opCase.op().flops() <= most && device.supports(opCase.op())) {
                cases.merge(
                        opCase.op().name(),
                        opCase,
                        (a, b) -> a.op().flops() >= b.op().flops() ? a : b);
            }
        }
        return cases.values();
    }

    private static void row(Backend device, OpCase opCase) {
        OpCheck.Report report = OpCheck.run(device, opCase);
        double seconds = seconds(device, opCase);
        System.out.printf(
                "| `%s` | %s | %.1e | %.2f | %s | %.1f |%n",
                opCase.name(),
                report.status() == OpCheck.Report.Status.RIGHT ? "yes" : "no",
                report.error(),
                seconds * 1e3,
                rate(opCase.op(), seconds),
                seconds(Backends.named("reference"), opCase) / seconds);
    }

    /// Products are bound by arithmetic, all else by memory.
    private static String rate(Op op, double seconds) {
        return switch (op) {
            case MatMul _, Attention _, Attention.Backward _, CachedAttention _ ->
                    "%.2f GFLOP/s".formatted(op.flops() / seconds / 1e9);
            default -> {
                long bytes =
                        Stream.concat(op.inputs().stream(), op.outputs().stream())
                                        .mapToLong(Tensor::elements)
                                        .sum()
                                * Float.BYTES;
                yield "%.2f GB/s".formatted(bytes / seconds / 1e9);
            }
        };
    }

    /// The median, without what the first runs take to compile. Tensors hold zeros.
    private static double seconds(Backend backend, OpCase opCase) {
        List<Double> times = new ArrayList<>();
        try (Session session = backend.open(List.of(opCase.program()))) {
            session.run("case");
            session.run("case");
            double sum = 0;
            while (times.size() < FEWEST_RUNS || sum < SECONDS) {
                long start = System.nanoTime();
                session.run("case");
                times.add((System.nanoTime() - start) / 1e9);
                sum += times.getLast();
            }
        }
        Collections.sort(times);
        return times.get(times.size() / 2);
    }
}
