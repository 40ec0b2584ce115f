package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The TornadoVM backend under the command line, on the emulator of TornadoVM's API.
class EmulatorTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path folder;
    private static Path text;

    @BeforeAll
    static void writeText() throws IOException {
        text =
                Files.writeString(
                        folder.resolve("text.txt"),
                        "the quick brown fox jumps over the lazy dog.\n".repeat(20));
    }

    private static Path train(String device) {
        return train(device, folder.resolve("run-" + device));
    }

    private static Path train(String device, Path out) {
        var arguments =
                new ArrayList<Object>(
                        List.of("train", "--data", text, "--out", out, "--device", device));
        for (String setting :
                List.of(
                        "model.nLayer=2",
                        "model.nHead=2",
                        "model.nEmbd=16",
                        "model.blockSize=8",
                        "model.dropout=0.1",
                        "train.batchSize=2",
                        "train.gradAccumulation=2",
                        "train.evalInterval=10",
                        "train.evalBatches=1",
                        "train.sampleInterval=0")) {
            arguments.addAll(List.of("--set", setting));
        }
        arguments.addAll(List.of("--preset", "tiny", "--steps", "10"));
        String said = CommandRun.gpt(arguments.toArray()).requireSuccess().out();
        assertTrue(said.contains("train --resume " + out + " --device " + device), said);
        return out;
    }

    private static List<JsonNode> metrics(Path run) throws IOException {
        var lines = new ArrayList<JsonNode>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    @Test
    void tenLossesAreThoseOfTheReference() throws IOException {
        List<JsonNode> expected = metrics(train("reference"));
        List<JsonNode> actual = metrics(train("emulator"));
        assertEquals(10, actual.size());
        for (int i = 0; i < 10; i++) {
            for (String key : List.of("loss", "gradNorm")) {
                double value = expected.get(i).get(key).asDouble();
                assertEquals(value, actual.get(i).get(key).asDouble(), 1e-5, key + " of " + i);
            }
        }
    }

    @Test
    void devicesNameTheEmulator() {
        String out = CommandRun.gpt("devices", "--device", "emulator").requireSuccess().out();
        assertTrue(out.startsWith("emulator "), out);
    }

    /// Weights of fewer bits, and keys and values of fewer bits: each in one of the types at least.
    @ParameterizedTest
    @CsvSource({"f32, q8_0", "q8_0, bf16", "q4_0, f32"})
    void roundedWeightsAndCachesWriteTheTextOfTheCpu(String weights, String cache)
            throws IOException {
        String expected = sampled(weights, cache, "cpu");
        assertEquals(expected, sampled(weights, cache, "emulator"));
    }

    private static String sampled(String weights, String cache, String device) throws IOException {
        String out =
                CommandRun.gpt(
                                "sample",
                                "--model=" + wide(),
                                "--device=" + device,
                                "--weights=" + weights,
                                "--cache=" + cache,
                                "--prompt=the ",
                                "--temperature=0",
                                "--max-new-tokens=6",
                                "--json")
                        .requireSuccess()
                        .out();
        return JSON.readTree(out).get("text").asText();
    }

    @Test
    void lossOfRoundedWeightsIsThatOfTheCpu() throws IOException {
        assertEquals(loss("bf16", "cpu"), loss("bf16", "emulator"), 1e-5);
    }

    private static double loss(String weights, String device) throws IOException {
        Path few = Files.writeString(folder.resolve("few.txt"), "the quick brown fox");
        String out =
                CommandRun.gpt(
                                "eval",
                                "--model=" + wide(),
                                "--data=" + few,
                                "--device=" + device,
                                "--weights=" + weights,
                                "--json")
                        .requireSuccess()
                        .out();
        return JSON.readTree(out).get("loss").asDouble();
    }

    /// A model whose rows and heads are whole blocks; trained once.
    private static Path wide() {
        Path out = folder.resolve("wide");
        if (!Files.exists(out)) {
            CommandRun.gpt(
                            "train",
                            "--data",
                            text,
                            "--out",
                            out,
                            "--preset",
                            "tiny",
                            "--steps",
                            "20",
                            "--device",
                            "reference",
                            "--set",
                            "train.evalBatches=1",
                            "--set",
                            "model.nLayer=1",
                            "--set",
                            "model.nHead=1",
                            "--set",
                            "model.nEmbd=32",
                            "--set",
                            "model.blockSize=16")
                    .requireSuccess();
        }
        return out;
    }

    @Test
    void emulatorIsNotTakenForTornadoVm() {
        CommandRun run = CommandRun.gpt("train", "--data", text, "--device", "tornado");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("no device is named 'tornado'"), run.err());
    }

    @Test
    void deviceThatTheEmulatorDoesNotHaveIsRefused() {
        CommandRun run = CommandRun.gpt("train", "--data", text, "--device", "emulator:opencl:3");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("emulator:opencl:3"), run.err());
    }
}
