package io.tornadogpt.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.TrainingResult;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Twenty steps of TRL's and transformers' trainers, from the same weights on the same rows in the
/// same order, as `src/test/python/golden.py` wrote them down.
class TrlParityTest {
    private static final double LOSS = 1e-5;
    private static final double METRIC = 1e-4;

    @TempDir Path folder;

    private static JsonNode expected(String name) throws IOException {
        JsonNode all = new ObjectMapper().readTree(Golden.file("expected.json").toFile());
        JsonNode one = all.get(name);
        assertTrue(one != null && one.get("losses").size() == 20, name);
        return one;
    }

    private List<StepMetrics> train(Goal goal, String model, String rows, String... settings)
            throws IOException {
        return train(goal, Golden.model(model), rows, settings);
    }

    private List<StepMetrics> train(Goal goal, StoredModel model, String rows, String... settings)
            throws IOException {
        NewFineTuning begun =
                NewFineTuning.of(goal, model, Golden.file(rows))
                        .with(
                                "train.steps=20",
                                "train.warmupSteps=0",
                                "train.learningRate=3e-3",
                                "train.weightDecay=0.1",
                                "data.validation=0",
                                "data.batching=padded")
                        .with(settings)
                        .withOrder(Order.SEQUENTIAL);
        TrainingResult result = FineTuning.begin(folder.resolve("run"), begun).train();
        return StepLog.read(result.directory().metrics(), StepMetrics.class);
    }

    private static void assertLosses(String name, List<StepMetrics> steps) throws IOException {
        JsonNode losses = expected(name).get("losses");
        assertEquals(20, steps.size());
        double worst = 0;
        for (int step = 0; step < 20; step++) {
            double loss = losses.get(step).doubleValue();
            worst = Math.max(worst, Math.abs(loss - steps.get(step).loss()) / Math.max(1, loss));
        }
        if (Boolean.getBoolean("finetune.errors")) {
            System.out.printf("%-32s %.2g%n", name, worst);
        }
        assertTrue(worst <= LOSS, "%s: error %.3g".formatted(name, worst));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void answersAreLearnedAsTrlLearnsThem(String family) throws IOException {
        var steps =
                train(
                        Goal.SFT,
                        family,
                        "instructions.jsonl",
                        "train.batchSize=2",
                        "train.gradAccumulation=2");
        assertLosses(family + " sft", steps);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void promptsAreLearnedTooWhereAskedFor(String family) throws IOException {
        var steps =
                train(Goal.SFT, family, "instructions.jsonl", "train.batchSize=4", "sft.loss=all");
        assertLosses(family + " sft all", steps);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void answersOfConversationsAreLearnedAsTrlLearnsThem(String family) throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        try (Stream<Path> files = Files.list(Golden.file(family))) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName().toString()));
            }
        }
        Files.copy(Golden.file("chatml.jinja"), model.resolve("chat_template.jinja"));
        var steps = train(Goal.SFT, StoredModel.open(model), "messages.jsonl", "train.batchSize=4");
        assertLosses(family + " messages", steps);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void packedRowsGiveThePaddedRowsLosses(String family) throws IOException {
        // One batch holds all rows either way.
        String[] all = {"train.batchSize=12", "train.steps=5"};
        var padded = train(Goal.SFT, family, "instructions.jsonl", all);
        folder = folder.resolve("packed");
        var packed =
                train(
                        Goal.SFT,
                        family,
                        "instructions.jsonl",
                        "train.batchSize=12",
                        "train.steps=5",
                        "data.batching=packed");
        for (int step = 0; step < 5; step++) {
            assertEquals(padded.get(step).loss(), packed.get(step).loss(), LOSS);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2, classify, full, none",
        "llama, classify, full, none",
        "gpt2, classify last block, last_block, none",
        "llama, classify last block, last_block, none",
        "gpt2, classify weighted, full, 'maybe=1,no=3,yes=0.5'",
        "llama, classify weighted, full, 'maybe=1,no=3,yes=0.5'"
    })
    void labelsAreLearnedAsTransformersLearnsThem(
            String family, String name, String layers, String weights) throws IOException {
        var steps =
                train(
                        Goal.CLASSIFY,
                        family + "-labels",
                        "labels.csv",
                        "train.batchSize=4",
                        "classify.layers=" + layers,
                        "classify.classWeights=" + weights);
        assertLosses(family + " " + name, steps);
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2, dpo, sigmoid, 0.1, 0",
        "llama, dpo, sigmoid, 0.1, 0",
        "gpt2, dpo ipo, ipo, 0.3, 0",
        "llama, dpo ipo, ipo, 0.3, 0",
        "gpt2, dpo smoothed, sigmoid, 0.5, 0.2",
        "llama, dpo smoothed, sigmoid, 0.5, 0.2"
    })
    void preferencesAreLearnedAsTrlLearnsThem(
            String family, String name, String loss, double beta, double smoothing)
            throws IOException {
        var steps =
                train(
                        Goal.DPO,
                        family,
                        "preferences.jsonl",
                        "train.batchSize=4",
                        "dpo.loss=" + loss,
                        "dpo.beta=" + beta,
                        "dpo.labelSmoothing=" + smoothing);
        assertLosses(family + " " + name, steps);
        JsonNode metrics = expected(family + " " + name).get("metrics");
        for (var metric : metrics.properties()) {
            for (int step = 0; step < 20; step++) {
                double wanted = metric.getValue().get(step).doubleValue();
                double given = steps.get(step).metrics().get(metric.getKey());
                // Log-probabilities of whole answers are around 100: four digits behind the point
                // are relative to that.
                double bound = METRIC * Math.max(1, Math.abs(wanted) / 10);
                assertEquals(wanted, given, bound, metric.getKey() + " of step " + step);
            }
        }
        if (loss.equals("sigmoid")) {
            assertEquals(Math.log(2), steps.getFirst().loss(), 1e-6);
        }
    }

    @Test
    void versionsOfTheOtherSideAreKnown() throws IOException {
        JsonNode all = new ObjectMapper().readTree(Golden.file("expected.json").toFile());
        assertTrue(all.get("versions").get("torch").textValue().startsWith("2.13."));
    }
}
