package io.tornadogpt.sampler.minilm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.family.Task.Pooling;
import io.tornadogpt.sampler.Embedder;
import io.tornadogpt.sampler.EmbedderSettings;
import io.tornadogpt.tokenizer.Tokenizer;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// A real encoder computes what `transformers` and `onnxruntime` do; `src/test/python/minilm.py`
/// wrote down what that is. With `-Dminilm.written=DIR` the model directory is written there and
/// kept, for `./gpt embed` and for that script.
class MiniLmTest {
    private static final String SENTENCE = "This is an example sentence";

    @TempDir static Path folder;
    private static Path model;

    @BeforeAll
    static void write() throws IOException {
        String kept = System.getProperty("minilm.written");
        model = MiniLm.write(kept == null ? folder : Files.createDirectories(Path.of(kept)));
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(MiniLmTest.class.getResource(name)).toURI());
    }

    @Test
    void hiddenStatesAreThoseOfTransformersAndOnnxruntime() throws Exception {
        StoredModel stored = StoredModel.open(model);
        Tokenizer tokenizer = Tokenizer.load(model);
        try (var expected = SafetensorsFile.open(resource("minilm.safetensors"))) {
            int[] ids = Embedder.tokens(tokenizer, List.of(SENTENCE)).getFirst().ids();
            long[] known = expected.longs("ids");
            assertArrayEquals(known, IntStream.of(ids).asLongStream().toArray());
            var gpt = new Model(stored.config());
            var program = gpt.hidden("hidden", BatchForm.full(1, ids.length));
            try (var session = Backends.standard().open(List.of(program.program()))) {
                stored.load(gpt, session);
                session.write(program.inputs().tokens(), ids);
                program.inputs().writePositions(session, program.program());
                session.run("hidden");
                float[] states = session.readFloats(program.states());
                assertArrayEquals(expected.floats("transformers"), states, 1e-4f);
                assertArrayEquals(expected.floats("onnxruntime"), states, 1e-4f);
            }
        }
    }

    @Test
    void sentenceHasTheVectorThatIsPublished() throws IOException {
        try (var embedder = Embedder.open(model)) {
            float[] vector = embedder.embed(SENTENCE);
            float[] start = {vector[0], vector[1], vector[2], vector[3]};
            assertArrayEquals(new float[] {0.06766f, 0.06350f, 0.04871f, 0.07930f}, start, 6e-6f);
            assertEquals(384, vector.length);
            assertEquals(1, Embedder.cosine(vector, vector), 1e-6);
        }
    }

    /// Texts share rows; none of them sees another.
    @Test
    void vectorDependsOnNoOtherText() throws IOException {
        List<String> texts = List.of(SENTENCE, "A cat.", "", "word ".repeat(600), SENTENCE);
        for (Pooling pooling : Pooling.values()) {
            var settings = EmbedderSettings.DEFAULT.withPooling(pooling);
            try (var embedder = Embedder.open(model, settings)) {
                List<float[]> together = embedder.embed(texts);
                for (int i = 0; i < texts.size(); i++) {
                    assertArrayEquals(embedder.embed(texts.get(i)), together.get(i), 1e-6f);
                }
            }
        }
    }

    @Test
    void similaritiesAreRankedAsPeopleRankThem() throws IOException {
        String data =
                Objects.requireNonNullElse(System.getenv("GPT_TEST_DATA"), "../../shared/data");
        Path file = Path.of(data).resolve("sts-test.csv");
        if (!Files.exists(file)) {
            System.out.println("skipped: " + file + " is not there");
            Assumptions.abort();
        }
        var scores = new ArrayList<Double>();
        var first = new ArrayList<String>();
        var second = new ArrayList<String>();
        for (String line : Files.readAllLines(file)) {
            String[] fields = line.split("\t", -1);
            scores.add(Double.valueOf(fields[4]));
            first.add(fields[5]);
            second.add(fields[6]);
        }
        var cosines = new ArrayList<Double>();
        try (var embedder = Embedder.open(model)) {
            List<float[]> a = embedder.embed(first);
            List<float[]> b = embedder.embed(second);
            for (int i = 0; i < a.size(); i++) {
                cosines.add(Embedder.cosine(a.get(i), b.get(i)));
            }
        }
        double spearman = pearson(ranks(scores), ranks(cosines));
        assertTrue(Math.abs(spearman - 0.8203) < 5e-4, "Spearman's correlation is " + spearman);
    }

    /// Ranks, equal values sharing the mean of theirs.
    private static double[] ranks(List<Double> values) {
        int[] order =
                IntStream.range(0, values.size())
                        .boxed()
                        .sorted(Comparator.comparing(values::get))
                        .mapToInt(i -> i)
                        .toArray();
        var ranks = new double[order.length];
        for (int from = 0; from < order.length; ) {
            int to = from;
            while (to < order.length && values.get(order[to]).equals(values.get(order[from]))) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + to - 1) / 2.0;
            }
            from = to;
        }
        return ranks;
    }

    private static double pearson(double[] a, double[] b) {
        double meanA = IntStream.range(0, a.length).mapToDouble(i -> a[i]).average().orElseThrow();
        double meanB = IntStream.range(0, b.length).mapToDouble(i -> b[i]).average().orElseThrow();
        double both = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            both += (a[i] - meanA) * (b[i] - meanB);
            squaresA += (a[i] - meanA) * (a[i] - meanA);
            squaresB += (b[i] - meanB) * (b[i] - meanB);
        }
        return both / Math.sqrt(squaresA * squaresB);
    }
}
