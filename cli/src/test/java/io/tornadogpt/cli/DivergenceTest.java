package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A learning rate that blows a model up ends its run with what went first, on every device alike.
class DivergenceTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference", "emulator"})
    void messageNamesTheFirstTensorAndTheLastGoodCheckpoint(String device) throws IOException {
        Path text =
                Files.writeString(
                        folder.resolve("text.txt"),
                        "the quick brown fox jumps over the lazy dog.\n".repeat(20));
        Path run = folder.resolve("run");
        var arguments =
                new ArrayList<Object>(
                        List.of("train", "--data", text, "--out", run, "--device", device));
        for (String setting :
                List.of(
                        "model.nLayer=2",
                        "model.nHead=2",
                        "model.nEmbd=16",
                        "model.blockSize=8",
                        "train.batchSize=2",
                        "train.learningRate=1e30",
                        "train.minLearningRate=1e30",
                        "train.schedule=linear",
                        "train.warmupSteps=40",
                        "train.gradClip=0",
                        "train.evalInterval=0",
                        "train.checkpointInterval=1",
                        "train.sampleInterval=0")) {
            arguments.addAll(List.of("--set", setting));
        }
        arguments.addAll(List.of("--preset", "tiny", "--steps", "40"));
        CommandRun failed = CommandRun.gpt(arguments.toArray());
        assertEquals(1, failed.exitCode(), failed.out() + failed.err());
        String message = failed.err();
        assertTrue(message.contains("no weights were changed in the last 5 steps"), message);
        assertTrue(
                message.matches(
                        "(?s).*the first tensor that was not finite, at step \\d+, was"
                                + " (the [a-z']+ )?'[^']+'.*"),
                message);
        List<String> metrics = Files.readAllLines(run.resolve("metrics.jsonl"));
        assertEquals(
                5, metrics.stream().filter(line -> line.contains("\"skipped\"")).count(), message);
        String model = lastWords(message);
        if (!model.isEmpty()) {
            assertTrue(Files.isDirectory(Path.of(model)), message);
        }
    }

    /// What stands behind `--init-from` in the hint.
    private static String lastWords(String message) {
        int at = message.indexOf("--init-from ");
        return at < 0 ? "" : message.substring(at + 12, message.indexOf(')', at)).strip();
    }
}
