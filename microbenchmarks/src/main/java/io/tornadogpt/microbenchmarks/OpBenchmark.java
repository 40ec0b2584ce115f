package io.tornadogpt.microbenchmarks;

import static io.tornadogpt.microbenchmarks.OpSession.ids;
import static io.tornadogpt.microbenchmarks.OpSession.tensor;

import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Attention.Columns;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.Tensor;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/// The ops of a training step beside the matrix products, in the shapes that a model gives them.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class OpBenchmark {
    private static final double EPSILON = 1e-5;

    /// The sizes that shapes are made of: batch, positions, heads, channels, vocabulary.
    public enum Model {
        /// The character model of 0.8 million parameters.
        SMALL(12, 64, 4, 128, 65),
        /// The character model of 10.6 million parameters.
        MEDIUM(16, 256, 6, 384, 65),
        /// GPT-2's smallest model.
        GPT2(4, 64, 12, 768, 50_257);

        private final int batch;
        private final int positions;
        private final int heads;
        private final int channels;
        private final int vocabulary;

        Model(int batch, int positions, int heads, int channels, int vocabulary) {
            this.batch = batch;
            this.positions = positions;
            this.heads = heads;
            this.channels = channels;
            this.vocabulary = vocabulary;
        }
    }

    /// What is measured.
    public enum Kind {
        ATTENTION,
        ATTENTION_BACKWARD,
        LAYER_NORM,
        LAYER_NORM_BACKWARD,
        CROSS_ENTROPY,
        CROSS_ENTROPY_BACKWARD,
        /// Of the two matrices of an MLP.
        ADAM_W
    }

    @Param public Kind op = Kind.ATTENTION;

    @Param public Model model = Model.SMALL;

    @Param("cpu")
    public String device = "";

    /// 0: one a processor.
    @Param("0")
    public int threads;

    private OpSession session;

    @Setup(Level.Trial)
    public void open() {
        session = OpSession.open(op(op, model), device, threads, model.vocabulary);
    }

    @TearDown
    public void close() {
        session.close();
    }

    @Benchmark
    public void run() {
        session.run();
    }

    private static Op op(Kind kind, Model m) {
        return switch (kind) {
            case ATTENTION ->
                    new Attention(
                            wide("qkv", m),
                            rows("out", m),
                            tensor("lse", m.batch, m.heads, m.positions),
                            heads(m),
                            null);
            case ATTENTION_BACKWARD -> attentionBackward(m);
            case LAYER_NORM ->
                    new LayerNorm(
                            rows("x", m),
                            tensor("weight", m.channels),
                            null,
                            rows("out", m),
                            tensor("mean", m.batch, m.positions),
                            tensor("rstd", m.batch, m.positions),
                            EPSILON);
            case LAYER_NORM_BACKWARD ->
                    new LayerNorm.Backward(
                            rows("x", m),
                            tensor("weight", m.channels),
                            tensor("mean", m.batch, m.positions),
                            tensor("rstd", m.batch, m.positions),
                            rows("dOut", m),
                            rows("dX", m),
                            tensor("dWeight", m.channels),
                            null,
                            null);
            case CROSS_ENTROPY ->
                    new CrossEntropy(
                            logits("logits", m), targets(m), each("lse", m), each("losses", m));
            case CROSS_ENTROPY_BACKWARD ->
                    new CrossEntropy.Backward(
                            logits("logits", m),
                            targets(m),
                            each("lse", m),
                            each("dLosses", m),
                            logits("dLogits", m));
            case ADAM_W -> adamW(8 * m.channels * m.channels);
        };
    }

    private static AdamW adamW(int weights) {
        return new AdamW(
                tensor("parameter", weights),
                tensor("gradient", weights),
                tensor("m", weights),
                tensor("v", weights),
                tensor("scale", 1),
                tensor("schedule", 3),
                new AdamW.Settings(0.9, 0.99, 1e-8, 0.1));
    }

    private static Tensor rows(String name, Model m) {
        return tensor(name, m.batch, m.positions, m.channels);
    }

    private static Tensor wide(String name, Model m) {
        return tensor(name, m.batch, m.positions, 3 * m.channels);
    }

    private static Tensor logits(String name, Model m) {
        return tensor(name, m.batch, m.positions, m.vocabulary);
    }

    private static Tensor each(String name, Model m) {
        return tensor(name, m.batch, m.positions);
    }

    private static Tensor targets(Model m) {
        return ids("targets", m.batch, m.positions);
    }

    private static Attention.Backward attentionBackward(Model m) {
        Tensor qkv = wide("qkv", m);
        Tensor dQkv = wide("dQkv", m);
        return new Attention.Backward(
                new Columns(qkv, 0),
                new Columns(qkv, m.channels),
                new Columns(qkv, 2 * m.channels),
                rows("out", m),
                tensor("lse", m.batch, m.heads, m.positions),
                rows("dOut", m),
                new Columns(dQkv, 0),
                new Columns(dQkv, m.channels),
                new Columns(dQkv, 2 * m.channels),
                heads(m),
                Attention.View.CAUSAL,
                null);
    }

    private static Attention.Heads heads(Model m) {
        int size = m.channels / m.heads;
        return new Attention.Heads(m.heads, size, 1 / Math.sqrt(size));
    }
}
