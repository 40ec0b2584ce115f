package io.tornadogpt.microbenchmarks;

import static io.tornadogpt.microbenchmarks.OpSession.tensor;

import io.tornadogpt.bench.Job;
import io.tornadogpt.bench.PacedJob;
import io.tornadogpt.core.op.MatMul;

import java.io.IOException;
import java.util.Arrays;

/// Matrix products by turns with another program: some of them are one time, so that a small
/// product is timed too.
///
/// ```
/// java --add-modules jdk.incubator.vector -cp microbenchmarks/target/microbenchmarks.jar \
///         io.tornadogpt.microbenchmarks.MatMulJob 256x768x2304 NN 2
/// ```
public final class MatMulJob implements Job {
    /// Operations of the products of one time, at least.
    private static final double WORTH_A_TIME = 2e8;

    private final OpSession session;
    private final Facts facts;

    private MatMulJob(MatMul op, int threads) {
        int products = (int) Math.ceil(WORTH_A_TIME / op.flops());
        session = OpSession.open(op, "cpu", threads, 1);
        facts = new Facts("cpu", "product", products, 0, (double) op.flops() * products, 0, 0);
    }

    /// The product of a size M x K x N and a form: whether the left and the right matrix are stored
    /// as they are (N) or transposed (T).
    static MatMul product(String size, String form) {
        int[] mkn = Arrays.stream(size.split("x")).mapToInt(Integer::parseInt).toArray();
        int m = mkn[0];
        int k = mkn[1];
        int n = mkn[2];
        boolean transposeA = form.charAt(0) == 'T';
        boolean transposeB = form.charAt(1) == 'T';
        return new MatMul(
                transposeA ? tensor("a", k, m) : tensor("a", m, k),
                transposeB ? tensor("b", n, k) : tensor("b", k, n),
                tensor("out", m, n),
                transposeA,
                transposeB,
                false);
    }

    /// @param args size, form, threads
    public static void main(String[] args) throws IOException {
        try (var job = new MatMulJob(product(args[0], args[1]), Integer.parseInt(args[2]))) {
            PacedJob.serve(job, System.in, System.out::println);
        }
    }

    @Override
    public Facts facts() {
        return facts;
    }

    @Override
    public Timing run() {
        long begin = System.nanoTime();
        for (int i = 0; i < facts.units(); i++) {
            session.run();
        }
        return new Timing((System.nanoTime() - begin) * 1e-6, 0);
    }

    @Override
    public void close() {
        session.close();
    }
}
