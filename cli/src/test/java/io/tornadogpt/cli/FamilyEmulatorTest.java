package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.SafetensorsFile;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/// A model of each family on TornadoVM's kernels, in the emulator: what `transformers` computes, as
/// the trainer's tests have it in files.
class FamilyEmulatorTest {
    private static final Path MODELS =
            Path.of("../trainer/src/test/resources/io/tornadogpt/trainer/families");

    /// Of `max|a - b| / max|b|`, in single precision.
    private static final double BOUND = 2e-5;

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama-3",
                "mistral",
                "qwen2-window",
                "qwen3",
                "gemma",
                "gemma2",
                "gemma3",
                "gpt-neox",
                "phi",
                "falcon-7b",
                "falcon-40b",
                "falcon-alibi",
                "opt",
                "bert",
                "distilbert",
                "roberta",
                "modernbert",
                "modernbert-labels-mean"
            })
    void kernelsComputeWhatPyTorchDoes(String name) throws IOException {
        Path out = folder.resolve("logits.safetensors");
        try (var expected =
                SafetensorsFile.open(MODELS.resolve(name).resolve("expected.safetensors"))) {
            String ids =
                    Arrays.stream(expected.longs("ids"))
                            .mapToObj(Long::toString)
                            .collect(Collectors.joining(","));
            CommandRun.gpt(
                            "logits",
                            "--device",
                            "emulator",
                            "--model",
                            MODELS.resolve(name),
                            "--ids",
                            ids,
                            "--out",
                            out)
                    .requireSuccess();
            float[] wanted = expected.floats("logits");
            try (var actual = SafetensorsFile.open(out)) {
                float[] computed = actual.floats("logits");
                assertEquals(wanted.length, computed.length);
                double largest = 0;
                double difference = 0;
                for (int i = 0; i < wanted.length; i++) {
                    largest = Math.max(largest, Math.abs(wanted[i]));
                    difference = Math.max(difference, Math.abs(wanted[i] - computed[i]));
                }
                double error = difference / largest;
                assertTrue(error <= BOUND, "%s: error %.3g".formatted(name, error));
            }
        }
    }
}
