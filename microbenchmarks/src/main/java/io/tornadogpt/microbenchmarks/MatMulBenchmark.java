package io.tornadogpt.microbenchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Matrix products: squares, the shapes of GPT-2 (4 rows of 64 tokens), and sizes off every tile.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MatMulBenchmark {
    private static final double GIGA = 1e9;

    /// Whether the left and the right matrix are stored as they are (N) or transposed (T).
    @Param({"NN", "NT", "TN"})
    public String form = "";

    /// M x K x N.
    @Param({
        "256x256x256",
        "512x512x512",
        "768x768x768",
        "1024x1024x1024",
        "2048x2048x2048",
        "256x768x2304",
        "256x768x3072",
        "256x768x50257",
        "1x768x3072",
        "127x127x127",
        "385x385x385",
        "1000x1000x1000"
    })
    public String size = "";

    @Param("cpu")
    public String device = "";

    /// 0: one a processor.
    @Param("0")
    public int threads;

    private OpSession session;
    private double gigaflops;

    @Setup(Level.Trial)
    public void open() {
        var op = MatMulJob.product(size, form);
        gigaflops = op.flops() / GIGA;
        session = OpSession.open(op, device, threads, 1);
    }

    @TearDown
    public void close() {
        session.close();
    }

    @Benchmark
    public void multiply(Work work) {
        session.run();
        work.gigaflops += gigaflops;
    }
}
