package io.tornadogpt.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// What PyTorch and `transformers` compute, as `src/test/python/parity.py` wrote it down: logits,
/// gradients, and ten steps of training. An error is `max|a - b| / max|b|` of a tensor.
class PyTorchParityTest {
    static final List<String> CASES =
            List.of(
                    "gpt2-1-head",
                    "gpt2-5-heads-bf16",
                    "gpt2-untied-exact-gelu",
                    "gpt2-bias-off",
                    "distilgpt2-shards-f16",
                    "gpt-neo",
                    "gpt-neo-local-first");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir Path folder;

    private static Path directory(String name) {
        try {
            var url = PyTorchParityTest.class.getResource("parity/" + name + "/config.json");
            return Objects.requireNonNull(Path.of(Objects.requireNonNull(url).toURI()).getParent());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static int[] integers(SafetensorsFile file, String name) throws IOException {
        return Arrays.stream(file.longs(name)).mapToInt(Math::toIntExact).toArray();
    }

    private static double error(double[] actual, double[] expected) {
        assertEquals(expected.length, actual.length);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(actual[i] - expected[i])); // NaN stays
        }
        return difference / largest;
    }

    private static void assertClose(double[] expected, double[] actual, double bound, String what) {
        double error = error(actual, expected);
        assertTrue(error <= bound, "%s: error %.3g, bound %.3g".formatted(what, error, bound));
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void logitsOfTheCpuAreThoseOfPyTorch(String name) throws IOException {
        try (var expected = SafetensorsFile.open(directory(name).resolve("expected.safetensors"))) {
            double[] logits = logits("cpu", name, integers(expected, "ids"));
            assertClose(expected.doubles("logits"), logits, 2e-5, name);
        }
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void logitsOfTheReferenceAreThoseOfPyTorchInDoublePrecision(String name) throws IOException {
        try (var expected = SafetensorsFile.open(directory(name).resolve("expected.safetensors"))) {
            double[] logits = logits("reference", name, integers(expected, "ids"));
            assertClose(expected.doubles("logits64"), logits, 1e-10, name);
        }
    }

    private static double[] logits(String device, String name, int[] ids) throws IOException {
        StoredModel stored = StoredModel.open(directory(name));
        var model = new Model(stored.config());
        LogitsProgram program = model.logits("logits", 1, ids.length);
        try (var session = Backends.named(device).open(List.of(program.program()))) {
            stored.load(model, session);
            session.write(program.tokens(), ids);
            session.write(program.positions(), IntStream.range(0, ids.length).toArray());
            session.run("logits");
            return session.readDoubles(program.logits(), 0);
        }
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void gradientsOfTheCpuAreThoseOfPyTorch(String name) throws IOException {
        gradientsAreThoseOfPyTorch("cpu", name);
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void gradientsOfTheReferenceAreThoseOfPyTorch(String name) throws IOException {
        gradientsAreThoseOfPyTorch("reference", name);
    }

    /// Gradients are written as if they were weights, which brings them to PyTorch's names.
    private void gradientsAreThoseOfPyTorch(String device, String name) throws IOException {
        Path directory = directory(name);
        StoredModel stored = StoredModel.open(directory);
        var model = new Model(stored.config());
        try (var expected = SafetensorsFile.open(directory.resolve("expected.safetensors"))) {
            int[] ids = integers(expected, "ids");
            LossProgram program = model.accumulate(1, ids.length);
            try (var session = Backends.named(device).open(List.of(program.program()))) {
                stored.load(model, session);
                int[] targets = integers(expected, "targets");
                session.write(program.gradientScale(), 1f / counted(targets));
                run(session, program, ids, targets);
                ModelDirectory.save(
                        folder,
                        stored.config(),
                        (spec, slice) -> session.readFloats(Autodiff.gradient(spec), slice),
                        StorageType.F32);
            }
        }
        try (var actual = SafetensorsFile.open(folder.resolve("model.safetensors"));
                var expected = SafetensorsFile.open(directory.resolve("gradients.safetensors"))) {
            assertEquals(names(expected), names(actual));
            for (String tensor : names(expected)) {
                if (Arrays.stream(expected.doubles(tensor)).anyMatch(g -> g != 0)) {
                    assertClose(
                            expected.doubles(tensor),
                            actual.doubles(tensor),
                            1e-4,
                            name + " " + tensor);
                }
            }
        }
    }

    private static int counted(int[] targets) {
        return (int) Arrays.stream(targets).filter(target -> target >= 0).count();
    }

    private static List<String> names(SafetensorsFile file) {
        return file.tensors().stream().map(StoredTensor::name).sorted().toList();
    }

    private static void run(Session session, LossProgram program, int[] ids, int[] targets) {
        session.write(program.tokens(), ids);
        session.write(program.targets(), targets);
        session.write(program.positions(), program.everyPosition());
        session.run(program.program().name());
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void lossOfTheReferenceIsThatOfPyTorchInDoublePrecision(String name) throws IOException {
        StoredModel stored = StoredModel.open(directory(name));
        var model = new Model(stored.config());
        try (var expected = SafetensorsFile.open(directory(name).resolve("expected.safetensors"))) {
            int[] ids = integers(expected, "ids");
            LossProgram program = model.evaluate(1, ids.length);
            try (var session = Backends.named("reference").open(List.of(program.program()))) {
                stored.load(model, session);
                run(session, program, ids, integers(expected, "targets"));
                double sum = session.readDoubles(program.loss(), 0)[0];
                double[] loss = {sum / session.readDoubles(program.count(), 0)[0]};
                assertClose(expected.doubles("loss64"), loss, 1e-12, name);
            }
        }
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void tenStepsFollowThoseOfPyTorch(String name) throws IOException {
        Path directory = directory(name);
        JsonNode training = JSON.readTree(directory.resolve("training.json").toFile());
        var settings = new ArrayList<>(List.of("checkpointInterval=0", "evalInterval=0"));
        training.get("settings")
                .properties()
                .forEach(entry -> settings.add(entry.getKey() + "=" + entry.getValue().asText()));
        TrainConfig config = TrainConfig.defaults().with(settings.toArray(String[]::new));
        StoredModel stored = StoredModel.open(directory);
        Path run = folder.resolve("run");
        try (var data = TrainingData.ofTokens(directory.resolve("tokens.bin"), false)) {
            new Trainer(stored.config(), config, data, run)
                    .startFrom(stored)
                    .order(Trainer.Order.SEQUENTIAL)
                    .run();
        }
        List<StepMetrics> steps = StepLog.read(run.resolve("metrics.jsonl"), StepMetrics.class);
        assertEquals(config.steps(), steps.size());
        for (int i = 0; i < steps.size(); i++) {
            JsonNode expected = training.get("steps").get(i);
            String step = name + ", step " + (i + 1);
            double loss = expected.get("loss").asDouble();
            assertEquals(loss, steps.get(i).loss(), 1e-5 * loss, step);
            double norm = expected.get("gradNorm").asDouble();
            assertEquals(norm, steps.get(i).gradNorm(), 1e-4 * norm, step);
        }
        assertTrue(steps.getLast().loss() < steps.getFirst().loss(), name);
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void modelComesBackWithoutAChangedBit(String name) throws IOException {
        StoredModel stored = StoredModel.open(directory(name));
        Path copy = Files.createDirectories(folder.resolve("copy"));
        try (var weights = stored.openWeights()) {
            ModelDirectory.save(copy, stored.config(), weights, StorageType.F32);
        }
        StoredModel again = StoredModel.open(copy);
        assertEquals(stored.config(), again.config());
        try (var before = stored.openWeights();
                var after = again.openWeights()) {
            for (var parameter : new Model(stored.config()).parameters()) {
                for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                    assertTrue(
                            Arrays.equals(
                                    before.read(parameter.spec(), slice),
                                    after.read(parameter.spec(), slice)),
                            parameter.spec().sliceName(slice));
                }
            }
        }
    }
}
