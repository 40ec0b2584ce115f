package io.tornadogpt.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.AdaptedModel;
import io.tornadogpt.core.model.AdapterDirectory;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.model.adapter.LoraConfig;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.objective.Classification;
import io.tornadogpt.core.model.objective.Pooled;
import io.tornadogpt.core.model.objective.TokenPrediction;
import io.tornadogpt.core.op.AdamW;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What PEFT computes with adapters of tiny models, as `src/test/python/adapters.py` wrote it down.
/// An error is `max|a - b| / max|b|`.
///
/// With `-Dadapters.written=DIR` adapters are written there and kept, for `adapters.py --open`.
class AdapterParityTest {
    private static final int ROWS = 2;

    @TempDir Path folder;

    private static Path root() {
        try {
            var url = AdapterParityTest.class.getResource("adapters");
            return Path.of(Objects.requireNonNull(url).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static List<String> cases() throws IOException {
        try (Stream<Path> directories = Files.list(root())) {
            return directories.map(d -> d.getFileName().toString()).sorted().toList();
        }
    }

    static List<String> trained() throws IOException {
        return cases().stream().filter(name -> !name.equals("gpt2-blocks")).toList();
    }

    private static AdaptedModel stored(String name) throws IOException {
        Path directory = root().resolve(name);
        return AdaptedModel.open(
                StoredModel.open(directory.resolve("base")), directory.resolve("adapter"));
    }

    private static SafetensorsFile expected(String name) throws IOException {
        return SafetensorsFile.open(root().resolve(name).resolve("expected.safetensors"));
    }

    private static int[] integers(SafetensorsFile file, String name) throws IOException {
        return Arrays.stream(file.longs(name)).mapToInt(Math::toIntExact).toArray();
    }

    /// The tokens of each row but the last or, moved by one, but the first.
    private static int[] shifted(int[] batch, int by) {
        int length = batch.length / ROWS - 1;
        return IntStream.range(0, ROWS * length)
                .map(i -> batch[i / length * (length + 1) + i % length + by])
                .toArray();
    }

    private static double[] logits(String device, StoredModel stored, Model model, int[] batch)
            throws IOException {
        return model.config().task() instanceof Task.Labels
                ? labels(device, stored, model, batch)
                : tokens(device, stored, model, batch);
    }

    private static double[] tokens(String device, StoredModel stored, Model model, int[] batch)
            throws IOException {
        LogitsProgram program = model.logits("logits", ROWS, batch.length / ROWS - 1);
        try (Session session = Backends.named(device).open(List.of(program.program()))) {
            stored.load(model, session);
            session.write(program.tokens(), shifted(batch, 0));
            program.inputs().writePositions(session, program.program());
            session.run(program.program().name());
            return session.readDoubles(program.logits(), 0);
        }
    }

    private static double[] labels(String device, StoredModel stored, Model model, int[] batch)
            throws IOException {
        int length = batch.length / ROWS;
        var objective = new Classification((Task.Labels) model.config().task());
        LossProgram program = model.evaluate("evaluate", objective, BatchForm.full(1, length));
        try (Session session = Backends.named(device).open(List.of(program.program()))) {
            stored.load(model, session);
            writeLabels(session, program, objective, Arrays.copyOf(batch, length), 0);
            session.run(program.program().name());
            return session.readDoubles(program.output("logits"), 0);
        }
    }

    private static void writeLabels(
            Session session,
            LossProgram program,
            Classification objective,
            int[] tokens,
            int... labels) {
        session.write(program.tokens(), tokens);
        program.inputs().writePositions(session, program.program());
        var weights = new float[labels.length];
        Arrays.fill(weights, 1);
        var lengths = new int[labels.length];
        int length = tokens.length / labels.length;
        Arrays.fill(lengths, length);
        session.write(program.given("labels"), labels);
        session.write(program.given("weights"), weights);
        session.write(
                program.given("rows"), Pooled.given(objective.task().pooling(), lengths, length));
    }

    private static void assertClose(double[] expected, double[] actual, double most, String what) {
        assertEquals(expected.length, actual.length, what);
        double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        double error =
                IntStream.range(0, expected.length)
                        .mapToDouble(i -> Math.abs(expected[i] - actual[i]))
                        .max()
                        .orElseThrow();
        assertTrue(error <= most * scale, what + ": error " + error / scale);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logitsWithAnAdapterAreThoseOfPeft(String name) throws IOException {
        AdaptedModel stored = stored(name);
        try (SafetensorsFile file = expected(name)) {
            int[] batch = integers(file, "batch");
            double[] logits = logits("cpu", stored, stored.model(), batch);
            assertClose(file.doubles("logits"), logits, 2e-5, name);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-all-linear", "gpt-neo", "llama-regex"})
    void otherDevicesComputeTheSame(String name) throws IOException {
        AdaptedModel stored = stored(name);
        try (SafetensorsFile file = expected(name)) {
            int[] batch = integers(file, "batch");
            double[] logits = logits("reference", stored, stored.model(), batch);
            assertClose(file.doubles("logits"), logits, 2e-5, name);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theMergedModelComputesTheSame(String name) throws IOException {
        AdaptedModel stored = stored(name);
        try (var weights = stored.openWeights()) {
            ModelDirectory.save(folder, stored.config(), weights, StorageType.F32);
        }
        StoredModel merged = StoredModel.open(folder);
        try (SafetensorsFile file = expected(name)) {
            int[] batch = integers(file, "batch");
            double[] adapted = logits("cpu", stored, stored.model(), batch);
            double[] logits = logits("cpu", merged, merged.model(), batch);
            assertClose(adapted, logits, 1e-5, name);
        }
    }

    @ParameterizedTest
    @MethodSource("trained")
    void twentyStepsFollowThoseOfPeft(String name) throws IOException {
        AdaptedModel stored = stored(name);
        Model model = stored.model();
        Trainable trainable = Trainable.of(model);
        var classification =
                model.config().task() instanceof Task.Labels task ? new Classification(task) : null;
        try (SafetensorsFile file = expected(name)) {
            assertEquals(file.longs("trained")[0], trainable.elements(), name);
            int[] batch = integers(file, "batch");
            double[] losses = file.doubles("losses");
            int length = batch.length / ROWS - (classification == null ? 1 : 0);
            int targets = classification == null ? ROWS * length : ROWS;
            LossProgram accumulate =
                    model.accumulate(
                            "accumulate",
                            classification == null ? TokenPrediction.PLAIN : classification,
                            BatchForm.full(ROWS, length),
                            trainable);
            UpdateProgram update =
                    model.update("update", trainable, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1), 1);
            var programs = List.of(accumulate.program(), update.program());
            try (Session session = Backends.named("cpu").open(programs)) {
                stored.load(model, session);
                if (classification == null) {
                    session.write(accumulate.tokens(), shifted(batch, 0));
                    session.write(accumulate.targets(), shifted(batch, 1));
                    accumulate.inputs().writePositions(session, accumulate.program());
                } else {
                    int[] labels = integers(file, "labels");
                    writeLabels(session, accumulate, classification, batch, labels);
                }
                session.write(accumulate.gradientScale(), 1f / targets);
                for (int step = 0; step < losses.length; step++) {
                    session.run(accumulate.program().name());
                    double loss = session.readDoubles(accumulate.loss(), 0)[0] / targets;
                    assertEquals(losses[step], loss, 1e-5, name + " step " + step);
                    update.writeSchedule(session, 5e-3, step + 1);
                    session.run(update.program().name());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anAdapterThatIsWrittenAndReadIsTheSame(String name) throws IOException {
        AdaptedModel stored = stored(name);
        Path written = written(name);
        try (SafetensorsFile file = expected(name)) {
            int[] batch = integers(file, "batch");
            double[] logits = logits("cpu", stored, stored.model(), batch);
            try (Session session = sessionOf(stored, batch.length / ROWS - 1)) {
                AdapterDirectory.save(written, stored.model(), session, null);
            }
            keep(written, batch, logits);
            AdaptedModel again = AdaptedModel.open(stored.base(), written);
            double[] same = logits("cpu", again, again.model(), batch);
            assertClose(logits, same, 1e-6, name);
        }
    }

    /// The layout of Raschka's book, which PEFT does not have: it opens it as one adapter.
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gpt2-all-linear", "gpt-neox"})
    void queriesKeysAndValuesApartAreWrittenAsOneAdapter(String name) throws IOException {
        StoredModel base = stored(name).base();
        String fused = name.startsWith("gpt2") ? "c_attn" : "query_key_value";
        LoraConfig lora =
                LoraConfig.ofRank(3)
                        .withAlpha(6)
                        .withTargets(fused + ".q", fused + ".k", fused + ".v");
        Model model = new Model(base.config()).with(lora);
        Path written = written(name + "@apart");
        try (SafetensorsFile file = expected(name)) {
            int[] batch = integers(file, "batch");
            LogitsProgram program = model.logits("logits", ROWS, batch.length / ROWS - 1);
            try (Session session = Backends.named("cpu").open(List.of(program.program()))) {
                base.load(model, session);
                model.initializeAdapter(session, 5);
                for (var parameter : model.adapterParameters()) { // not zero
                    var spec = parameter.spec();
                    for (int slice = 0; slice < spec.slices(); slice++) {
                        float[] values = session.readFloats(spec, slice);
                        for (int i = 0; i < values.length; i++) {
                            values[i] += (float) Math.sin(i + slice) * 0.2f;
                        }
                        session.writeFloats(spec, slice, values);
                    }
                }
                session.write(program.tokens(), shifted(batch, 0));
                program.inputs().writePositions(session, program.program());
                session.run(program.program().name());
                double[] logits = session.readDoubles(program.logits(), 0);
                AdapterDirectory.save(written, model, session, null);
                keep(written, batch, logits);
                AdaptedModel again = AdaptedModel.open(base, written);
                assertClose(logits, logits("cpu", again, again.model(), batch), 1e-5, name);
            }
        }
    }

    private static Session sessionOf(AdaptedModel stored, int length) throws IOException {
        Model model = stored.model();
        var program =
                model.config().task() instanceof Task.Labels task
                        ? model.evaluate(
                                        "evaluate",
                                        new Classification(task),
                                        BatchForm.full(ROWS, length))
                                .program()
                        : model.logits("logits", ROWS, length).program();
        Session session = Backends.named("cpu").open(List.of(program));
        stored.load(model, session);
        return session;
    }

    private Path written(String name) throws IOException {
        String kept = System.getProperty("adapters.written");
        Path root = kept == null ? folder : Path.of(kept);
        return Files.createDirectories(root.resolve(name));
    }

    private static void keep(Path written, int[] batch, double[] logits) throws IOException {
        if (System.getProperty("adapters.written") == null) {
            return;
        }
        var values = new float[logits.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) logits[i];
        }
        var ids = new float[batch.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = batch[i];
        }
        new SafetensorsWriter()
                .tensor(
                        "logits",
                        StorageType.F32,
                        List.of((long) values.length),
                        (from, block, count) ->
                                System.arraycopy(values, (int) from, block, 0, count))
                .tensor(
                        "batch",
                        StorageType.F32,
                        List.of((long) ROWS, (long) batch.length / ROWS),
                        (from, block, count) -> System.arraycopy(ids, (int) from, block, 0, count))
                .write(written.resolve("logits.safetensors"));
    }
}
