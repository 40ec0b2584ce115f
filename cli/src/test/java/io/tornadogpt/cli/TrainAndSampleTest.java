package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Trains a tiny model, and does with it what can be done.
class TrainAndSampleTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog.\n".repeat(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path folder;
    private static Path text;
    private static Path run;
    private static CommandRun training;

    @BeforeAll
    static void train() throws IOException {
        text = Files.writeString(folder.resolve("text.txt"), TEXT);
        run = folder.resolve("run");
        training = train(run, "--steps", "40").requireSuccess();
    }

    private static CommandRun train(Path out, Object... more) {
        var arguments =
                new ArrayList<Object>(
                        List.of("train", "--data", text, "--preset", "tiny", "--out", out));
        arguments.addAll(
                List.of("--set", "train.evalInterval=20", "--set", "train.checkpointInterval=10"));
        arguments.addAll(List.of("--set", "train.sampleInterval=15"));
        arguments.addAll(List.of(more));
        return CommandRun.gpt(arguments.toArray());
    }

    private static List<JsonNode> metrics(Path run) throws IOException {
        var lines = new ArrayList<JsonNode>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    @Test
    void trainingLearnsAndLogsEveryStepOnce() throws IOException {
        List<JsonNode> metrics = metrics(run);
        assertEquals(40, metrics.size());
        double first = metrics.getFirst().get("loss").asDouble();
        double last = metrics.getLast().get("loss").asDouble();
        int vocabulary = (int) TEXT.chars().distinct().count();
        assertEquals(Math.log(vocabulary), first, 0.1);
        assertTrue(last < first - 0.5, first + " -> " + last);
        for (String key : List.of("step", "loss", "lr", "gradNorm", "tokensPerSecond")) {
            metrics.forEach(line -> assertTrue(line.has(key), key + " in " + line));
        }
        assertTrue(metrics.get(19).has("valLoss"));
        assertFalse(metrics.get(18).has("valLoss"));
    }

    @Test
    void trainingSaysWhatItDoesAndWhatToTryNext() {
        for (String expected :
                List.of(
                        text.toString(),
                        "planned",
                        "train.learningRate=0.003",
                        "40/40",
                        "gpt sample --model " + run,
                        "gpt train --resume " + run)) {
            assertTrue(training.out().contains(expected), expected);
        }
        assertFalse(training.out().contains("\u001b"), "a pipe gets no escape sequences");
    }

    @Test
    void trainingLeavesItsSamplesAndAReportOfItself() throws IOException {
        String page = Files.readString(run.resolve("report.html"));
        assertTrue(training.out().contains("report      " + run.resolve("report.html")));
        assertTrue(page.contains("Step 30</h4>"), page);
        List<String> samples = Files.readAllLines(run.resolve("samples.jsonl"));
        assertEquals(3, samples.size());
        assertEquals(2, training.out().split("-- sample after step").length - 1);
        String text = JSON.readTree(samples.getFirst()).get("text").asText();
        assertTrue(training.out().contains(text), text);
    }

    @Test
    void runsAreComparedInOneReport() throws IOException {
        Path other = folder.resolve("other");
        train(other, "--steps", 10).requireSuccess();
        Path file = folder.resolve("both.html");
        String out = CommandRun.gpt("report", run, other, "--out", file).requireSuccess().out();
        assertEquals(file.toString(), out.strip());
        String page = Files.readString(file);
        assertTrue(page.contains("train.steps ≠</th><td>40</td><td>10</td>"), page);
    }

    @Test
    void equalSeedsSampleEqualTextsAndOthersDoNot() {
        String one = sample("--seed", 7).out();
        assertEquals(one, sample("--seed", 7).out());
        assertFalse(one.equals(sample("--seed", 8).out()));
        assertTrue(one.startsWith("the "), one);
        assertEquals("the ".length() + 30 + System.lineSeparator().length(), one.length());
    }

    private static CommandRun sample(Object... more) {
        var arguments =
                new ArrayList<Object>(
                        List.of("sample", "--model", run, "--prompt", "the ", "--max-new-tokens"));
        arguments.add(30);
        arguments.addAll(List.of(more));
        return CommandRun.gpt(arguments.toArray()).requireSuccess();
    }

    @Test
    void jsonHoldsTextTokensAndReason() throws IOException {
        JsonNode json = JSON.readTree(sample("--json").out());
        assertEquals(30, json.get("text").asText().length());
        assertEquals(30, json.get("tokens").size());
        assertEquals("the ", json.get("prompt").asText());
    }

    @Test
    void linesOfAConversationAreSequencesOfOneSeed() {
        String ending = System.lineSeparator();
        List<String> samples = List.of(sample("--num-samples", 6).out().split("-{78}" + ending));
        assertEquals(6, samples.stream().distinct().count(), samples.toString());

        assertEquals(String.join("", samples), converse(6, 1));
        String inPairs = converse(3, 2).replaceAll("-{78}" + ending, "");
        assertEquals(String.join("", samples), inPairs);
        assertEquals(inPairs, converse(3, 2).replaceAll("-{78}" + ending, ""));
    }

    private static String converse(int lines, int samples) {
        return CommandRun.gptReading(
                        "the \n".repeat(lines).getBytes(UTF_8),
                        "sample",
                        "--model",
                        run,
                        "--interactive",
                        "--num-samples",
                        samples,
                        "--max-new-tokens",
                        30)
                .requireSuccess()
                .out();
    }

    @Test
    void lineThatCannotBeContinuedCountsAndEndsNothing() {
        CommandRun run =
                CommandRun.gptReading(
                        new byte[] {(byte) 0xff, '\n', 't', 'h', 'e', ' '},
                        "sample",
                        "--model",
                        TrainAndSampleTest.run,
                        "--interactive",
                        "--max-new-tokens",
                        30);
        assertEquals(0, run.exitCode());
        assertTrue(run.err().contains("the line is not UTF-8: byte 0xFF at offset 0"), run.err());
        String both = sample("--num-samples", 2).out();
        assertTrue(both.endsWith(run.out()), both + run.out());
    }

    @Test
    void evaluationIsOverTheWholeFileInBitsPerByte() throws IOException {
        String out =
                CommandRun.gpt("eval", "--model", run, "--data", text, "--json")
                        .requireSuccess()
                        .out();
        JsonNode json = JSON.readTree(out);
        double loss = json.get("loss").asDouble();
        assertEquals(TEXT.length() - 1, json.get("tokens").asInt());
        assertEquals(Math.exp(loss), json.get("perplexity").asDouble(), 1e-9);
        assertEquals(loss / Math.log(2), json.get("bitsPerByte").asDouble(), 1e-9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BF16", "Q8_0", "Q4_0"})
    void evaluationTellsWhatRoundedWeightsCost(String type) throws IOException {
        String weights = "--weights=" + type.toLowerCase(Locale.ROOT);
        String out =
                CommandRun.gpt("eval", "--model", run, "--data", text, weights, "--json")
                        .requireSuccess()
                        .out();
        JsonNode json = JSON.readTree(out);
        assertEquals(type, json.get("weights").asText());
        double cost = json.get("loss").asDouble() - json.get("lossWithF32").asDouble();
        assertTrue(cost != 0 && Math.abs(cost) < 0.1, json.toString());
        assertFalse(Double.isNaN(cost));

        String shown =
                CommandRun.gpt("eval", "--model", run, "--data", text, weights)
                        .requireSuccess()
                        .out();
        assertTrue(shown.contains("for weights held as " + type), shown);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bf16", "q8_0", "q4_0"})
    void roundedWeightsWriteAText(String type) throws IOException {
        Object[] command = {"sample", "--model", run, "--prompt=the ", "--max-new-tokens=20"};
        String out =
                CommandRun.gpt(with(command, "--weights=" + type, "--json")).requireSuccess().out();
        assertEquals(20, JSON.readTree(out).get("tokens").size());
    }

    @Test
    void roundedKeysAndValuesWriteTheSameText() {
        String exact = sample("--temperature=0").out();
        assertEquals(exact, sample("--temperature=0", "--cache=bf16").out());
    }

    @Test
    void headsThatAreNoBlocksCannotBeCachedInThem() {
        CommandRun refused = CommandRun.gpt("sample", "--model", run, "--cache=q8_0");
        assertTrue(refused.exitCode() != 0);
        assertTrue(
                refused.err()
                        .contains("needs heads of a multiple of 32 channels; this model's have 16"),
                refused.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q8_0", "Q4_0"})
    void aQuantizedModelIsTheModelWithSuchWeights(String type) throws IOException {
        Path quantized = folder.resolve(type);
        CommandRun.gpt("quantize", "--model", run, "--to", type, "--out", quantized)
                .requireSuccess();

        String weights = "--weights=" + type;
        double here = loss("eval", "--model", run, "--data", text, weights, "--json");
        assertEquals(here, loss("eval", "--model", quantized, "--data", text, weights, "--json"));
        assertEquals(here, loss("eval", "--model", quantized, "--data", text, "--json"), 1e-4);
        assertTrue(
                2 * Files.size(quantized.resolve("model.safetensors"))
                        < Files.size(run.resolve("best").resolve("model.safetensors")));
    }

    private static double loss(Object... command) throws IOException {
        return JSON.readTree(CommandRun.gpt(command).requireSuccess().out()).get("loss").asDouble();
    }

    @Test
    void stoppedRunGoesOnToTheBitsOfOneThatWasNot() throws IOException {
        Path halves = folder.resolve("halves");
        // 20 of 40 steps: the schedule is constant, so that it does not know where it ends
        Object[] constant = {"--set", "train.schedule=constant", "--set", "model.dropout=0.1"};
        Path whole = folder.resolve("whole");
        train(whole, with(constant, "--steps", 40)).requireSuccess();
        train(halves, with(constant, "--steps", 20, "--threads", 1)).requireSuccess();
        CommandRun.gpt("train", "--resume", halves, "--steps", 40).requireSuccess();
        for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
            Path name = Path.of("checkpoints", "step-00000040", file);
            assertArrayEquals(
                    Files.readAllBytes(whole.resolve(name)),
                    Files.readAllBytes(halves.resolve(name)),
                    file);
        }
        assertEquals(losses(whole), losses(halves));
    }

    private static Object[] with(Object[] first, Object... then) {
        var all = new ArrayList<Object>(List.of(first));
        all.addAll(List.of(then));
        return all.toArray();
    }

    private static List<String> losses(Path run) throws IOException {
        return metrics(run).stream().map(line -> line.get("loss").asText()).toList();
    }

    @Test
    void sequentialOrderOfOneBatchRepeatsItWithoutValidation() throws IOException {
        int tokens = 2 * 8 + 1;
        ByteBuffer ids = ByteBuffer.allocate(2 * tokens).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < tokens; i++) {
            ids.putShort((short) (i * 5 % 11));
        }
        Path file = Files.write(folder.resolve("tokens.bin"), ids.array());
        Path out = folder.resolve("sequential");
        CommandRun.gpt(
                        "train",
                        "--data",
                        file,
                        "--order",
                        "sequential",
                        "--out",
                        out,
                        "--preset",
                        "tiny",
                        "--device",
                        "reference",
                        "--steps",
                        5,
                        "--set",
                        "train.batchSize=2",
                        "--set",
                        "model.blockSize=8",
                        "--set",
                        "train.learningRate=1e-30",
                        "--set",
                        "train.minLearningRate=0")
                .requireSuccess();
        assertTrue(metrics(out).stream().noneMatch(line -> line.has("valLoss")));
        // steps too small to change a weight: equal losses come from equal batches
        assertEquals(1, losses(out).stream().distinct().count(), losses(out).toString());
    }

    @Test
    void preparedDataTrainsWithItsTokenizer() {
        Path prepared = folder.resolve("prepared");
        CommandRun.gpt(
                        "data",
                        "prepare",
                        "--data",
                        text,
                        "--out",
                        prepared,
                        "--tokenizer",
                        "bpe:280")
                .requireSuccess();
        Path out = folder.resolve("from-prepared");
        CommandRun result =
                CommandRun.gpt(
                                "train",
                                "--data",
                                prepared,
                                "--out",
                                out,
                                "--preset",
                                "tiny",
                                "--steps",
                                2)
                        .requireSuccess();
        assertTrue(result.out().contains("byte-level BPE"), result.out());
        assertTrue(
                CommandRun.gpt("data", "info", prepared.resolve("train.bin"))
                        .requireSuccess()
                        .out()
                        .contains("uint16"));
    }

    @Test
    void infoCountsWeightsAndPlansMemoryWithoutRunning() {
        String out = CommandRun.gpt("info", "--preset", "gpt2").requireSuccess().out();
        assertTrue(out.contains("124,439,808"), out);
        assertTrue(out.contains("FLOPs a token"), out);
        assertTrue(out.contains("optimizer state"), out);
    }

    @Test
    void infoSaysWhatGradientCheckpointingSaves() {
        String saving = "Activations: 9.2 GiB kept, 2.8 GiB with train.gradientCheckpointing=true";
        String kept = CommandRun.gpt("info", "--preset", "gpt2").requireSuccess().out();
        assertTrue(kept.contains(saving), kept);
        assertTrue(kept.contains("activations                    9.2 GiB"), kept);
        String again =
                CommandRun.gpt(
                                "info",
                                "--preset",
                                "gpt2",
                                "--set",
                                "model.gradientCheckpointing=true")
                        .requireSuccess()
                        .out();
        assertTrue(again.contains(saving + " (as here)"), again);
        assertTrue(again.contains("activations                    2.8 GiB"), again);
    }
}
