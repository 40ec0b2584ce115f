package io.tornadogpt.bench;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// How long single operations take on a device: products of square matrices and of GPT-2's own
/// shapes, attention, layer-norm.
public final class OpTimes {
    private OpTimes() {}

    /// What one operation took.
    ///
    /// @param name the operation and its sizes
    /// @param milliseconds of a run, the median
    /// @param kernelMilliseconds of it, in kernels; 0 where the device does not measure that
    /// @param flops floating-point operations
    public record Row(String name, double milliseconds, double kernelMilliseconds, double flops) {
        /// 10^9 operations a second, in kernels where those are measured.
        public double gigaflops() {
            return flops / (kernelMilliseconds > 0 ? kernelMilliseconds : milliseconds) / 1e6;
        }
    }

    /// Measures every operation.
    ///
    /// @param largest n of the largest square product
    /// @param runs times each is measured, after two that are not
    /// @param row is given each row when it is known
    public static void run(Backend backend, int largest, int runs, Consumer<Row> row) {
        for (Case one : cases(largest)) {
            row.accept(time(backend, one, runs));
        }
    }

    private record Case(String name, Op op) {}

    private static List<Case> cases(int largest) {
        var cases = new ArrayList<Case>();
        for (int n = 256; n <= largest; n *= 2) {
            cases.add(product(n, n, n, false));
        }
        cases.add(product(256, 2304, 768, false));
        cases.add(product(256, 3072, 768, false));
        cases.add(product(256, 50_257, 768, true));
        cases.add(attention(4, 256, 12, 768, false));
        cases.add(attention(4, 256, 12, 768, true));
        cases.add(
                new Case(
                        "LayerNorm 1024x768",
                        new LayerNorm(
                                tensor("x", 1024, 768),
                                tensor("weight", 768),
                                tensor("bias", 768),
                                tensor("out", 1024, 768),
                                tensor("mean", 1024),
                                tensor("rstd", 1024),
                                1e-5)));
        return cases;
    }

    private static Case product(int m, int n, int k, boolean transposed) {
        Tensor b = transposed ? tensor("b", n, k) : tensor("b", k, n);
        return new Case(
                "MatMul %dx%dx%d%s".formatted(m, n, k, transposed ? " NT" : ""),
                new MatMul(tensor("a", m, k), b, tensor("out", m, n), false, transposed, false));
    }

    private static Case attention(
            int batch, int positions, int heads, int channels, boolean backward) {
        String size = "B%d T%d H%d C%d".formatted(batch, positions, heads, channels);
        Tensor qkv = tensor("qkv", batch, positions, 3 * channels);
        Tensor out = tensor("out", batch, positions, channels);
        Tensor lse = tensor("lse", batch, heads, positions);
        var attention =
                new Attention.Heads(
                        heads, channels / heads, 1 / Math.sqrt((double) channels / heads));
        return backward
                ? new Case(
                        "Attention.Backward " + size,
                        new Attention.Backward(
                                qkv,
                                out,
                                lse,
                                tensor("dOut", batch, positions, channels),
                                tensor("dQkv", batch, positions, 3 * channels),
                                attention,
                                null))
                : new Case("Attention " + size, new Attention(qkv, out, lse, attention, null));
    }

    private static Tensor tensor(String name, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.F32, Role.OUTPUT).whole();
    }

    private static Row time(Backend backend, Case one, int runs) {
        Program program = Program.builder("op").once("op", ops -> ops.accept(one.op)).build();
        try (Session session =
                backend.open(List.of(program), ExecutionOptions.DEFAULT.profiled())) {
            fill(session, program);
            Tensor last = one.op.outputs().getFirst();
            var spec = new TensorSpec(last.spec().name(), last.shape(), DType.F32, Role.OUTPUT);
            var wall = new double[runs];
            var kernels = new double[runs];
            for (int i = -2; i < runs; i++) {
                session.profile();
                long start = System.nanoTime();
                session.run(program.name());
                double milliseconds = (System.nanoTime() - start) / 1e6;
                Optional<Profile> profile = session.profile();
                if (i >= 0) {
                    wall[i] = milliseconds;
                    kernels[i] = profile.map(p -> p.kernelNanos() / 1e6).orElse(0.0);
                }
            }
            requireFinite(one, session.readFloats(spec));
            Arrays.sort(wall);
            Arrays.sort(kernels);
            return new Row(one.name, wall[runs / 2], kernels[runs / 2], one.op.flops());
        }
    }

    /// Small numbers that differ: zeros would be faster on some devices.
    private static void fill(Session session, Program program) {
        for (TensorSpec spec : program.specs()) {
            float[] values = new float[Math.toIntExact(spec.elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (i * 7919 % 1000 - 500) / 1000f;
            }
            session.write(spec, values);
        }
    }

    private static void requireFinite(Case one, float[] values) {
        boolean finite =
                Stream.of(0, values.length / 2, values.length - 1)
                        .allMatch(i -> Float.isFinite(values[i]));
        if (!finite) {
            throw new IllegalStateException(
                    one.name + " gave numbers that are not finite, so its time means nothing");
        }
    }
}
