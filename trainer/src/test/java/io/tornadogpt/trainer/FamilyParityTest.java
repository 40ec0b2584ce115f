package io.tornadogpt.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.GgufModel;
import io.tornadogpt.core.model.HiddenProgram;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.model.WeightReader;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.model.objective.Classification;
import io.tornadogpt.core.model.objective.Pooled;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.gguf.GgufWriter;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What `transformers` computes with tiny models of every family, as `src/test/python/families.py`
/// wrote it down. An error is `max|a - b| / max|b|`.
///
/// With `-Dfamilies.written=DIR` models are written there and kept, for `families.py --open`. With
/// `-Dfamilies.cases=DIR` it is about the cases of that directory, as `families.py --random` makes
/// them, and `-Dfamilies.errors=true` prints every error.
class FamilyParityTest {
    @TempDir Path folder;

    private static @Nullable String others() {
        return System.getProperty("families.cases");
    }

    private static Path root() {
        String others = others();
        if (others != null) {
            return Path.of(others);
        }
        try {
            var url = FamilyParityTest.class.getResource("families");
            return Path.of(Objects.requireNonNull(url).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static List<String> cases() throws IOException {
        try (Stream<Path> directories = Files.list(root())) {
            return directories.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    static List<String> casesWith(String tensor) throws IOException {
        var with = Stream.<String>builder();
        for (String name : cases()) {
            try (SafetensorsFile file = expected(name)) {
                if (file.tensors().stream().anyMatch(t -> t.name().equals(tensor))) {
                    with.add(name);
                }
            }
        }
        return with.build().toList();
    }

    static List<String> trained() throws IOException {
        return casesWith("losses");
    }

    static List<String> generating() throws IOException {
        return casesWith("greedy");
    }

    private static SafetensorsFile expected(String name) throws IOException {
        return SafetensorsFile.open(root().resolve(name).resolve("expected.safetensors"));
    }

    private static StoredModel stored(String name) throws IOException {
        return StoredModel.open(root().resolve(name));
    }

    private static int[] integers(SafetensorsFile file, String name) throws IOException {
        return Arrays.stream(file.longs(name)).mapToInt(Math::toIntExact).toArray();
    }

    private static void assertClose(double[] expected, double[] actual, double bound, String what) {
        assertEquals(expected.length, actual.length, what);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(actual[i] - expected[i])); // NaN stays
        }
        double error = difference / largest;
        if (Boolean.getBoolean("families.errors")) {
            System.out.printf("%-32s %.2g%n", what, error);
        }
        assertTrue(error <= bound, "%s: error %.3g, bound %.3g".formatted(what, error, bound));
    }

    /// What the model's head makes of one sequence, or its hidden states where it has none.
    private static double[] result(String device, StoredModel stored, int[] ids)
            throws IOException {
        var model = new Model(stored.config());
        BatchForm form = BatchForm.full(1, ids.length);
        return switch (stored.config().task()) {
            case Task.Tokens _ -> {
                LogitsProgram program = model.logits("logits", form);
                try (Session session = open(device, stored, model, program.program())) {
                    run(session, program.program(), program.inputs(), ids);
                    yield session.readDoubles(program.logits(), 0);
                }
            }
            case Task.HiddenStates _ -> {
                HiddenProgram program = model.hidden("hidden", form);
                try (Session session = open(device, stored, model, program.program())) {
                    run(session, program.program(), program.inputs(), ids);
                    yield session.readDoubles(program.states(), 0);
                }
            }
            case Task.Labels labels -> {
                LossProgram program = model.evaluate("labels", new Classification(labels), form);
                try (Session session = open(device, stored, model, program.program())) {
                    boolean mean = labels.pooling() == Task.Pooling.MEAN;
                    int[] given =
                            Pooled.given(labels.pooling(), new int[] {ids.length}, ids.length);
                    session.write(program.given().get(mean ? "lengths" : "rows"), given);
                    session.write(program.given().get("labels"), new int[] {0});
                    session.write(program.given().get("weights"), new float[] {1});
                    run(session, program.program(), program.inputs(), ids);
                    yield session.readDoubles(program.outputs().get("logits"), 0);
                }
            }
        };
    }

    private static Session open(String device, StoredModel stored, Model model, Program program)
            throws IOException {
        Session session = Backends.named(device).open(List.of(program));
        stored.load(model, session);
        return session;
    }

    private static void run(Session session, Program program, Inputs inputs, int[] ids) {
        session.write(inputs.tokens(), ids);
        inputs.writePositions(session, program);
        session.run(program.name());
    }

    private static String key(StoredModel stored) {
        return stored.config().task() instanceof Task.HiddenStates ? "states" : "logits";
    }

    @ParameterizedTest
    @MethodSource("cases")
    void cpuComputesWhatPyTorchDoes(String name) throws IOException {
        StoredModel stored = stored(name);
        try (SafetensorsFile file = expected(name)) {
            double[] actual = result("cpu", stored, integers(file, "ids"));
            assertClose(file.doubles(key(stored)), actual, 2e-5, name);
        }
    }

    /// Cosines and sines are single precision in PyTorch whatever the model computes with, and not
    /// always the nearest number: one that is off by its last bit changes results by some 1e-8.
    /// Where positions are not rotary, all digits count.
    @ParameterizedTest
    @MethodSource("cases")
    void referenceComputesWhatPyTorchDoesInDoublePrecision(String name) throws IOException {
        StoredModel stored = stored(name);
        boolean exact = !(stored.config().architecture().position() instanceof Position.Rotary);
        try (SafetensorsFile file = expected(name)) {
            double[] actual = result("reference", stored, integers(file, "ids"));
            assertClose(
                    file.doubles(key(stored) + "64"), actual, exact ? 1e-10 : 1e-6, name + " F64");
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void modelComesBackWithoutAChangedBit(String name) throws IOException {
        StoredModel stored = stored(name);
        String kept = System.getProperty("families.written");
        Path copy = Files.createDirectories((kept == null ? folder : Path.of(kept)).resolve(name));
        try (var weights = stored.openWeights()) {
            ModelDirectory.save(copy, stored.config(), weights, StorageType.F32);
        }
        StoredModel again = StoredModel.open(copy);
        assertEquals(stored.config(), again.config());
        try (var before = stored.openWeights();
                var after = again.openWeights()) {
            for (var parameter : new Model(stored.config()).parameters()) {
                for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                    assertArrayEquals(
                            before.read(parameter.spec(), slice),
                            after.read(parameter.spec(), slice),
                            parameter.spec().sliceName(slice));
                }
            }
        }
    }

    /// Models that GGUF files do not hold, or that programs which read them compute otherwise, and
    /// what the message says of each.
    private static final Map<String, String> NOT_AS_GGUF =
            Map.ofEntries(
                    Map.entry("bert-labels", "labels"),
                    Map.entry("bert-untied-relu", "RELU"),
                    Map.entry("falcon-40b-one-norm", "biases"),
                    Map.entry("falcon-alibi", "ALiBi"),
                    Map.entry("falcon-alibi-12-heads", "ALiBi"),
                    Map.entry("falcon-alibi-parallel", "GELU_TANH"),
                    Map.entry("gemma-bias", "biases"),
                    Map.entry("gemma2-no-caps", "biases"),
                    Map.entry("gemma2-small-caps", "windows in other layers"),
                    Map.entry("gemma3-angles", "biases"),
                    Map.entry("gemma3-v4", "windows in other layers"),
                    Map.entry("gpt-neox-sequential", "GELU_TANH"),
                    Map.entry("llama-labels", "labels"),
                    Map.entry("phi-head-norms", "normalizes queries"),
                    Map.entry("qwen3-bias-window", "biases"));

    private static final Set<String> GGUF_FAMILIES =
            Set.of(
                    "bert",
                    "falcon",
                    "gemma",
                    "gemma2",
                    "gemma3_text",
                    "gpt_neox",
                    "gpt2",
                    "llama",
                    "mistral",
                    "phi",
                    "qwen2",
                    "qwen3");

    /// With `-Dgguf.written=DIR` files are kept there, for `gguf_families.py`, which lets llama.cpp
    /// compute with them.
    @ParameterizedTest
    @MethodSource("cases")
    void modelComesBackFromAGgufFile(String name) throws IOException {
        boolean rescaled = name.startsWith("gemma2") || name.startsWith("gemma3");
        StoredModel stored = rescaled ? withUsualScores(name, stored(name)) : stored(name);
        String kept = System.getProperty("gguf.written");
        Path file = (kept == null ? folder : Path.of(kept)).resolve(name + ".gguf");
        boolean known = GGUF_FAMILIES.contains(stored.config().family().modelType());
        try (var weights = stored.openWeights()) {
            if (!known || NOT_AS_GGUF.containsKey(name)) {
                var refused =
                        assertThrows(
                                IllegalArgumentException.class, () -> write(file, stored, weights));
                String told = known ? NOT_AS_GGUF.get(name) : "family";
                assertTrue(refused.getMessage().contains(told), refused.getMessage());
                return;
            }
            try {
                write(file, stored, weights);
            } catch (IllegalArgumentException refused) {
                // Of the cases that are made at random, any may have what such a file cannot say.
                if (others() != null
                        && refused.getMessage()
                                .contains("programs that read GGUF files do not compute")) {
                    return;
                }
                throw refused;
            }
        }
        StoredModel again = StoredModel.open(file);
        try (SafetensorsFile expected = expected(name)) {
            int[] all = integers(expected, "ids");
            int[] ids = Arrays.copyOf(all, Math.min(all.length, again.config().context()));
            boolean encoder = again.config().task() instanceof Task.HiddenStates;
            if (encoder && !(stored.config().task() instanceof Task.HiddenStates)) {
                return; // the head is not in the file, and hidden states were not written down
            }
            double[] actual = result("cpu", again, ids);
            double[] logits = rescaled ? result("cpu", stored, ids) : expected.doubles(key(stored));
            assertClose(Arrays.copyOf(logits, actual.length), actual, 2e-5, name);
        }
    }

    /// Readers of GGUF files know the usual scale of scores alone.
    private static StoredModel withUsualScores(String name, StoredModel stored) {
        Architecture all = stored.config().architecture();
        AttentionShape attention = all.attention();
        double usual = 1 / Math.sqrt(attention.headSize());
        return new ModelDirectory(
                root().resolve(name),
                stored.config()
                        .with(all.withAttention(attention.withScale(usual, attention.scoreCap()))));
    }

    private static void write(Path file, StoredModel stored, WeightReader weights)
            throws IOException {
        var header = new GgufWriter().text("tokenizer.ggml.model", "none");
        GgufModel.export(stored.config(), weights, StorageType.F32, header).content().write(file);
    }

    @ParameterizedTest
    @MethodSource("trained")
    void tenStepsFollowThoseOfPyTorch(String name) throws IOException {
        StoredModel stored = stored(name);
        var model = new Model(stored.config().withDropout(Dropouts.NONE));
        try (SafetensorsFile file = expected(name)) {
            int[] batch = integers(file, "batch");
            double[] losses = file.doubles("losses");
            int length = batch.length / 2 - 1;
            LossProgram accumulate = model.accumulate(2, length);
            UpdateProgram update = model.update(new AdamW.Settings(0.9, 0.95, 1e-8, 0.1), 1);
            var programs = List.of(accumulate.program(), update.program());
            try (Session session = Backends.named("cpu").open(programs)) {
                stored.load(model, session);
                session.write(accumulate.tokens(), shifted(batch, length, 0));
                session.write(accumulate.targets(), shifted(batch, length, 1));
                accumulate.inputs().writePositions(session, accumulate.program());
                session.write(accumulate.gradientScale(), 1f / (2 * length));
                for (int step = 0; step < losses.length; step++) {
                    session.run(accumulate.program().name());
                    double loss = session.readDoubles(accumulate.loss(), 0)[0] / (2 * length);
                    assertEquals(losses[step], loss, 1e-5 * losses[step], name + " step " + step);
                    update.writeSchedule(session, 2e-3, step + 1);
                    session.run(update.program().name());
                }
            }
        }
    }

    private static int[] shifted(int[] batch, int length, int by) {
        return IntStream.range(0, 2 * length)
                .map(i -> batch[i / length * (length + 1) + i % length + by])
                .toArray();
    }

    @ParameterizedTest
    @MethodSource("generating")
    void greedyTokensWithAndWithoutTheCacheAreThoseOfPyTorch(String name) throws IOException {
        StoredModel stored = stored(name);
        try (SafetensorsFile file = expected(name)) {
            int[] ids = integers(file, "ids");
            int[] greedy = integers(file, "greedy");
            assertArrayEquals(greedy, cached(stored, ids, greedy.length), name + ", cached");
            assertArrayEquals(greedy, uncached(stored, ids, greedy), name + ", not cached");
        }
    }

    private static int[] cached(StoredModel stored, int[] ids, int count) throws IOException {
        var model = new Model(stored.config());
        LogitsProgram prompt = model.cached("prompt", 1, ids.length, 1);
        LogitsProgram next = model.cached("next", 1, 1, 1);
        int[] tokens = new int[count];
        try (Session session =
                Backends.named("cpu").open(List.of(prompt.program(), next.program()))) {
            stored.load(model, session);
            tokens[0] = drawn(session, prompt, ids, 0);
            for (int i = 1; i < count; i++) {
                int[] last = {tokens[i - 1]};
                tokens[i] = drawn(session, next, last, ids.length + i - 1);
            }
        }
        return tokens;
    }

    private static int drawn(Session session, LogitsProgram program, int[] ids, int position) {
        LogitsProgram.Last last = program.requireLast();
        session.write(program.tokens(), ids);
        session.write(
                program.positions(), IntStream.range(position, position + ids.length).toArray());
        session.write(last.slots(), new int[] {0});
        session.write(last.rows(), new int[] {ids.length - 1});
        session.write(last.keys(), new int[4]);
        session.write(last.settings(), new float[2]);
        session.run(program.program().name());
        int[] drawn = new int[1];
        session.read(last.ids(), 0, MemorySegment.ofArray(drawn));
        return drawn[0];
    }

    /// All positions at once: with what PyTorch generated before it, each is the most likely.
    private static int[] uncached(StoredModel stored, int[] ids, int[] greedy) throws IOException {
        int[] all = Arrays.copyOf(ids, ids.length + greedy.length);
        System.arraycopy(greedy, 0, all, ids.length, greedy.length);
        double[] logits = result("cpu", stored, all);
        int vocabulary = stored.config().vocabulary();
        return IntStream.range(0, greedy.length)
                .map(i -> mostLikely(logits, (ids.length - 1 + i) * vocabulary, vocabulary))
                .toArray();
    }

    private static int mostLikely(double[] logits, int from, int vocabulary) {
        return IntStream.range(0, vocabulary)
                .reduce(0, (best, id) -> logits[from + id] > logits[from + best] ? id : best);
    }
}
