package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class BenchCommandTest {
    @TempDir Path folder;

    @Test
    void trainingIsMeasuredOnceAStepAsAskedFor() throws IOException {
        Path file = folder.resolve("train.json");
        String out =
                CommandRun.gpt(
                                "bench",
                                "train",
                                "--preset=tiny",
                                "--steps=3",
                                "--warmup=0",
                                "--device=reference",
                                "--json=" + file)
                        .requireSuccess()
                        .out();

        assertTrue(out.contains("tokens/s"), out);
        JsonNode result = new ObjectMapper().readTree(file.toFile()).path("results");
        assertEquals(3, result.path("reference").path("times").intValue());
        assertTrue(result.path("reference").path("shareOfPeakFlops").isMissingNode());
    }

    @Test
    void optionIsComparedWithAnotherValueByTurns() throws IOException {
        Path file = folder.resolve("compare.json");
        String out =
                CommandRun.gpt(
                                "bench",
                                "generate",
                                "--preset=tiny",
                                "--max-new-tokens=4",
                                "--seconds=0.01",
                                "--warmup=0",
                                "--rounds=2",
                                "--device=reference",
                                "--compare",
                                "max-new-tokens=2",
                                "--json",
                                file)
                        .requireSuccess()
                        .out();

        assertTrue(out.contains("ratio"), out);
        JsonNode report = new ObjectMapper().readTree(file.toFile());
        assertTrue(report.path("results").has("max-new-tokens=2"), report.toString());
        assertTrue(report.path("ratio").path("median").doubleValue() > 0);
    }

    /// An adapter of rank 1 of the queries, keys and values of two layers has 2 (32 + 96) weights,
    /// each with a gradient and two moments, which this device holds as doubles.
    @Test
    void anAdapterIsComparedWithTheWholeModel() throws IOException {
        Path file = folder.resolve("lora.json");
        String out =
                CommandRun.gpt(
                                "bench",
                                "train",
                                "--preset=tiny",
                                "--steps=1",
                                "--seconds=0.01",
                                "--warmup=0",
                                "--rounds=1",
                                "--device=reference",
                                "--compare",
                                "lora.rank=1",
                                "--json",
                                file)
                        .requireSuccess()
                        .out();

        assertTrue(out.contains("planned for gradients and the optimizer's state"), out);
        JsonNode results = new ObjectMapper().readTree(file.toFile()).path("results");
        long whole = results.path("as asked").path("learningBytes").longValue();
        long adapter = results.path("lora.rank=1").path("learningBytes").longValue();
        assertEquals(2 * (32 + 96) * 3 * Double.BYTES, adapter);
        assertTrue(whole > 50 * adapter, whole + " and " + adapter);
    }

    @Test
    void clientsOfTheServerGetTheTextsThatTheyGetAlone() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "the quick fox\n".repeat(40));
        Path run = folder.resolve("run");
        CommandRun.gpt(
                        "train",
                        "--data",
                        text,
                        "--preset=tiny",
                        "--steps=1",
                        "--set=train.evalBatches=1",
                        "--device=reference",
                        "--out",
                        run)
                .requireSuccess();
        Path file = folder.resolve("serve.json");
        String out =
                CommandRun.gpt(
                                "bench",
                                "serve",
                                "--model=" + run,
                                "--device=reference",
                                "--slots=1,3",
                                "--clients=5",
                                "--requests=4",
                                "--prompt-tokens=9",
                                "--max-new-tokens=9",
                                "--seconds=0.3",
                                "--json=" + file)
                        .requireSuccess()
                        .out();
        assertTrue(out.contains("tok/s"), out);
        JsonNode rows = new ObjectMapper().readTree(file.toFile());
        assertEquals(2, rows.size());
        for (JsonNode row : rows) {
            assertEquals(0, row.get("wrong").intValue() + row.get("lost").intValue(), out);
            assertTrue(row.get("answers").intValue() >= 5, out);
            assertTrue(row.at("/first/median").doubleValue() > 0, out);
        }
    }

    @Test
    void aProfileNamesTheOperations() {
        String out =
                CommandRun.gpt(
                                "bench",
                                "train",
                                "--preset=tiny",
                                "--steps=1",
                                "--warmup=0",
                                "--profile")
                        .requireSuccess()
                        .out();

        assertTrue(out.contains("ms a step"), out);
        assertTrue(out.contains("Attention.Backward"), out);
    }

    @Test
    void aChangeThatIsNoSettingIsNamed() {
        CommandRun run =
                CommandRun.gpt("bench", "train", "--preset=tiny", "--compare", "model.layers=2");

        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("there is no setting 'model.layers'"), run.err());
    }
}
