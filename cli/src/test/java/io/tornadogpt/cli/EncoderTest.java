package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.files.SafetensorsFile;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An encoder from its first step on: trained on masked tokens, filled, embedded, exported.
class EncoderTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog.\n".repeat(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path folder;
    private static Path run;

    @BeforeAll
    static void train() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), TEXT);
        Path config = folder.resolve("config.json");
        Files.writeString(
                config,
                """
                {"model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2,
                 "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 32,
                 "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0}
                """);
        run = folder.resolve("run");
        CommandRun.gpt(
                        "train",
                        "--data",
                        text,
                        "--model-config",
                        config,
                        "--tokenizer",
                        "bpe:280",
                        "--steps",
                        "120",
                        "--out",
                        run,
                        "--set",
                        "train.batchSize=8",
                        "--set",
                        "train.blockSize=24",
                        "--set",
                        "train.learningRate=5e-3",
                        "--set",
                        "train.warmupSteps=10")
                .requireSuccess();
    }

    private static List<JsonNode> lines(String text) throws IOException {
        var lines = new ArrayList<JsonNode>();
        for (String line : text.lines().toList()) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    /// Its configuration says no size.
    @Test
    void vocabularyIsThatOfTheTokenizer() throws IOException {
        JsonNode config = JSON.readTree(run.resolve("best/config.json").toFile());
        assertEquals(280, config.get("vocab_size").asInt());
    }

    @Test
    void candidatesForAMaskAreListedByTheirProbability() throws IOException {
        String text = "the quick brown fox [MASK] over the lazy dog";
        CommandRun filled =
                CommandRun.gpt("fill", "--model", run, "--text", text, "--top", "3", "--json");
        List<JsonNode> candidates = lines(filled.requireSuccess().out());
        assertEquals(3, candidates.size());
        double sum = 0;
        double before = 1;
        for (JsonNode candidate : candidates) {
            String filledIn = candidate.get("sequence").asText();
            assertTrue(filledIn.startsWith("the quick brown fox "), filled.out());
            assertTrue(filledIn.endsWith(" over the lazy dog"), filled.out());
            assertTrue(candidate.get("score").asDouble() <= before, filled.out());
            before = candidate.get("score").asDouble();
            sum += candidate.get("score").asDouble();
        }
        assertTrue(sum > 0.1 && sum <= 1.0001, "probabilities " + sum);
        CommandRun none = CommandRun.gpt("fill", "--model", run, "--text", "the quick brown fox");
        assertEquals(2, none.exitCode());
        assertTrue(none.err().contains("has no [MASK]"), none.err());
    }

    @Test
    void linesOfAFileAreEmbeddedAsTheyStand() throws IOException {
        List<String> texts = List.of("the \"quick\", fox", "the lazy dog", "fox");
        Path file = Files.write(folder.resolve("texts.txt"), texts);
        Path tensor = folder.resolve("vectors.safetensors");
        Path json = folder.resolve("vectors.jsonl");
        for (Path out : List.of(tensor, json)) {
            CommandRun.gpt("embed", "--model", run, "--data", file, "--normalize", "--out", out)
                    .requireSuccess();
        }
        List<JsonNode> lines = lines(Files.readString(json));
        try (var tensors = SafetensorsFile.open(tensor)) {
            assertEquals(List.of(3L, 32L), tensors.tensor("embeddings").shape());
            float[] all = tensors.floats("embeddings");
            for (int i = 0; i < texts.size(); i++) {
                assertEquals(texts.get(i), lines.get(i).get("text").asText());
                float[] vector = new float[32];
                double length = 0;
                for (int j = 0; j < vector.length; j++) {
                    vector[j] = (float) lines.get(i).get("embedding").get(j).asDouble();
                    assertEquals(vector[j], all[32 * i + j]);
                    length += vector[j] * vector[j];
                }
                assertEquals(1, length, 1e-5);
            }
        }
        CommandRun alone =
                CommandRun.gpt("embed", "--model", run, "--text", texts.get(1), "--pooling", "cls");
        assertEquals(32, lines(alone.requireSuccess().out()).getFirst().get("embedding").size());
    }

    @Test
    void exportedEncoderHasTheSameLogitsAndTokenizer() throws IOException {
        Path copy = folder.resolve("copy");
        CommandRun.gpt("export", "--to", "hf", "--model", run, "--out", copy).requireSuccess();
        assertArrayEquals(logits(run), logits(copy));
        Path config = copy.resolve("config.json");
        assertTrue(Files.readString(config).contains("BertForMaskedLM"));
        // Without a class, weights tell that there is a head.
        Files.writeString(
                config, Files.readString(config).replaceFirst("\"architectures\".*\\],", ""));
        assertArrayEquals(logits(run), logits(copy));
        CommandRun filled =
                CommandRun.gpt("fill", "--model", copy, "--text", "the quick brown [MASK] jumps");
        assertTrue(filled.requireSuccess().out().contains("the quick brown "), filled.out());
        for (String left : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.delete(copy.resolve(left));
        }
        for (String left : List.of("vocab.json", "merges.txt")) {
            Files.deleteIfExists(copy.resolve(left));
        }
        assertArrayEquals(logits(run), logits(copy));
        CommandRun.gpt("export", "--to", "hf", "--model", copy, "--out", folder.resolve("bare"))
                .requireSuccess();
    }

    private float[] logits(Path model) throws IOException {
        Path file = Files.createTempFile(folder, "logits", ".safetensors");
        CommandRun.gpt("logits", "--model", model, "--ids", "7,8,4,9", "--out", file)
                .requireSuccess();
        try (var tensors = SafetensorsFile.open(file)) {
            assertEquals(List.of(4L, 280L), tensors.tensor("logits").shape());
            return tensors.floats("logits");
        }
    }

    @Test
    void hiddenStatesAreWrittenWhereTheyAreAskedFor() throws IOException {
        Path file = folder.resolve("states.safetensors");
        CommandRun.gpt("logits", "--hidden", "--model", run, "--ids", "7,8,4", "--out", file)
                .requireSuccess();
        try (var tensors = SafetensorsFile.open(file)) {
            assertEquals(List.of(3L, 32L), tensors.tensor("hidden_states").shape());
        }
    }

    @Test
    void whatMakesNoSenseOfAnEncoderIsRefused() {
        CommandRun loss =
                CommandRun.gpt("eval", "--model", run, "--data", folder.resolve("text.txt"));
        assertEquals(2, loss.exitCode());
        assertTrue(loss.err().contains("sees the whole text"), loss.err());
        CommandRun objective =
                CommandRun.gpt(
                        "train", "--set", "train.objective=mlm", "--out", folder.resolve("n"));
        assertEquals(2, objective.exitCode());
        assertTrue(objective.err().contains("set train.objective=clm"), objective.err());
    }

    @Test
    void configurationAloneIsEnoughToPlanWith() throws IOException {
        Path alone = Files.createDirectories(folder.resolve("alone"));
        Files.copy(run.resolve("best/config.json"), alone.resolve("config.json"));
        CommandRun info = CommandRun.gpt("info", "--model", alone).requireSuccess();
        assertTrue(info.out().contains("bert: 2 layers"), info.out());
        CommandRun large =
                CommandRun.gpt("info", "--preset", "llama-3.1-405b", "--context", "131072");
        assertTrue(large.requireSuccess().out().contains("405,853,388,800"), large.out());
    }
}
