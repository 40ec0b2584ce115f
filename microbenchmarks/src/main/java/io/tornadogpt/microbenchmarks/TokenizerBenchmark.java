package io.tornadogpt.microbenchmarks;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;

import io.tornadogpt.tokenizer.Tokenizer;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// GPT-2's tokens of English text, a million characters an operation: the score is in millions of
/// characters a second. `ours` and `jtokkit` use one thread, `oursFromStream` all cores.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class TokenizerBenchmark {
    private static final int MILLION = 1_000_000;
    private static final int STREAM_MILLIONS = 16;

    /// A file, or `jdk` for the documentation comments in the JDK's sources.
    @Param("jdk")
    public String text = "";

    private List<String> documents = List.of();
    private byte[] stream = {};
    private Tokenizer ours;
    private Encoding jtokkit;

    @Setup
    public void open() throws IOException {
        documents = EnglishText.documents(text, MILLION);
        stream =
                String.join("", documents).repeat(STREAM_MILLIONS).getBytes(StandardCharsets.UTF_8);
        ours = Tokenizer.gpt2();
        jtokkit = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.R50K_BASE);
        for (String document : documents) {
            int[] theirs = jtokkit.encodeOrdinary(document).toArray();
            if (!Arrays.equals(ours.encode(document), theirs)) {
                throw new IllegalStateException("the two give different tokens of: " + document);
            }
        }
    }

    @Benchmark
    public void ours(Blackhole sink) {
        for (String document : documents) {
            sink.consume(ours.encode(document));
        }
    }

    @Benchmark
    public void jtokkit(Blackhole sink) {
        for (String document : documents) {
            sink.consume(jtokkit.encodeOrdinary(document));
        }
    }

    @Benchmark
    @OperationsPerInvocation(STREAM_MILLIONS)
    public long oursFromStream(Blackhole sink) throws IOException {
        return ours.encode(
                new ByteArrayInputStream(stream), (ids, count, bytes) -> sink.consume(ids));
    }
}
