package io.tornadogpt.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/// Item by item, figures are those of lm-evaluation-harness, which `harness.py` asked the same
/// models.
class HarnessTest {
    private static final double EXACT = 1e-4;

    @TempDir private Path folder;

    private static JsonNode golden() throws IOException {
        try (var in = HarnessTest.class.getResourceAsStream("harness.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in));
        }
    }

    private Path model(String name) throws IOException {
        boolean there = Files.exists(TestModels.DATA.resolve("BLiMP.zip"));
        if (!there) {
            System.out.println("skipped: no data in " + TestModels.DATA + "; set GPT_TEST_DATA");
        }
        assumeTrue(there);
        Path model = folder.resolve(name);
        return switch (name) {
            case "gpt2" -> TestModels.gpt2(model);
            case "llama" -> TestModels.llama(model);
            default -> TestModels.stories260K(model);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "stories260K"})
    void likelihoodsAndFiguresAreThoseOfTheHarness(String name) throws IOException {
        Evaluator evaluator = Evaluator.open(model(name));
        for (Map.Entry<String, JsonNode> entry : golden().at("/models/" + name).properties()) {
            JsonNode expected = entry.getValue();
            String asked = expected.path("task").asText(entry.getKey());
            Task task = Tasks.named(asked, TestModels.DATA);
            TaskOptions options = TaskOptions.DEFAULT.withLimit(expected.get("limit").asInt());
            if (expected.has("shots")) {
                options = options.withShots(expected.get("shots").asInt());
            }
            TaskResult result = evaluator.run(task, options);
            assertEquals(expected.get("items").size(), result.n(), entry.getKey());
            for (int i = 0; i < result.n(); i++) {
                compare(
                        name + ", " + entry.getKey() + ", item " + i,
                        expected.get("items").get(i),
                        result.items().get(i));
            }
            compareFigures(name + ", " + entry.getKey(), expected.get("metrics"), result);
        }
    }

    private static void compare(String where, JsonNode expected, ObjectNode found) {
        JsonNode likelihoods = expected.path("loglikelihoods");
        for (int i = 0; i < likelihoods.size(); i++) {
            double ours =
                    found.has("loglikelihood")
                            ? found.get("loglikelihood").asDouble()
                            : found.get("loglikelihoods").get(i).asDouble();
            assertEquals(likelihoods.get(i).asDouble(), ours, EXACT, where);
        }
        if (found.has("loglikelihood") && likelihoods.size() == 1) {
            assertEquals(
                    expected.get("greedy").get(0).asBoolean() ? 1 : 0,
                    found.get("acc").asInt(),
                    where);
        }
        for (String metric : new String[] {"acc", "acc_norm", "words", "bytes"}) {
            if (expected.has(metric)) {
                assertEquals(expected.get(metric).asDouble(), found.get(metric).asDouble(), where);
            }
        }
        if (expected.has("loglikelihood")) { // of a whole document, in hundreds of tokens
            double theirs = expected.get("loglikelihood").asDouble();
            double ours = found.get("loglikelihood").asDouble();
            assertEquals(theirs, ours, 1e-5 * Math.abs(theirs), where);
        }
        if (expected.has("answer")) {
            assertEquals(expected.get("answer").asText(), found.get("answer").asText(), where);
            assertEquals(
                    expected.get("extracted").get(0).asText(),
                    found.get("extracted_exact_match").asText(),
                    where);
            assertEquals(
                    expected.get("extracted").get(1).asText(),
                    found.get("extracted_exact_match_flexible").asText(),
                    where);
        }
    }

    private static void compareFigures(String where, JsonNode expected, TaskResult result) {
        int seen = 0;
        ObjectNode found = result.toJson();
        for (Map.Entry<String, JsonNode> metric : expected.properties()) {
            if (found.has(metric.getKey())) {
                double theirs = metric.getValue().asDouble();
                assertEquals(
                        theirs,
                        found.get(metric.getKey()).asDouble(),
                        EXACT * Math.max(1, Math.abs(theirs)),
                        where + ", " + metric.getKey());
                seen++;
            }
        }
        assertTrue(seen > 0, where + ": no figure was compared");
    }

    /// With GPT-2's tokenizer, for which llm.c encodes endings by themselves; SentencePiece would
    /// put a blank of its own before each.
    @Test
    void meanLossesOfEndingsAreThoseOfLlmc() throws IOException {
        JsonNode expected = golden().at("/llmc/gpt2");
        TaskResult result =
                Evaluator.open(model("gpt2"))
                        .run(
                                Tasks.named("hellaswag", TestModels.DATA),
                                TaskOptions.DEFAULT.withLimit(expected.size()));
        for (int i = 0; i < expected.size(); i++) {
            ObjectNode item = result.items().get(i);
            for (int e = 0; e < 4; e++) {
                double mean =
                        -item.get("loglikelihoods").get(e).asDouble()
                                / item.get("tokens").get(e).asDouble();
                assertEquals(expected.get(i).get("means").get(e).asDouble(), mean, EXACT);
            }
        }
    }

    @Test
    void barsOfHellaSwagAreThoseOfItsFile() throws IOException {
        model("llama");
        Task task = Tasks.named("hellaswag", TestModels.DATA);
        double longest = 0;
        double shortest = 0;
        var items = task.items(TaskOptions.DEFAULT);
        for (Item item : items) {
            var choice = (Item.Choice) item;
            longest += Evaluator.byLength(choice, 1);
            shortest += Evaluator.byLength(choice, -1);
        }
        assertEquals(10_042, items.size());
        assertEquals(0.241, longest / items.size(), 1e-3);
        assertEquals(0.253, shortest / items.size(), 1e-3);
    }
}
