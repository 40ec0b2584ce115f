package io.tornadogpt.evaluation.bias;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.evaluation.Evaluator;
import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;
import io.tornadogpt.evaluation.TaskResult;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class BiasProbeTest {
    private static final String TEXT =
            "the nurse said she was tired.\nthe engineer said he was tired.\n".repeat(40);

    @TempDir Path folder;

    private Path file(String json) throws IOException {
        return Files.writeString(folder.resolve("probe.json"), json.replace('\'', '"'));
    }

    private static final String PROBE =
            "{'name': 'pronouns', 'groups': {'he': {'who': 'he'}, 'she': {'who': 'she'}},"
                    + " 'templates': ['the {job} said {who} was tired.'],"
                    + " 'fields': {'job': ['nurse', 'engineer']},"
                    + " 'pairs': [{'he': 'he was tired.', 'she': 'she was tired.'}]}";

    @Test
    void ratiosAreDifferencesOfLogLikelihoods() throws IOException {
        var tokenizer = CharTokenizer.train(TEXT);
        var config = new GptConfig(2, 2, 32, 32, tokenizer.vocabularySize(), false, 0);
        TrainConfig train =
                TrainConfig.defaults()
                        .with(
                                "batchSize=4",
                                "blockSize=32",
                                "steps=1",
                                "learningRate=1e-2",
                                "warmupSteps=5",
                                "sampleInterval=0",
                                "evalInterval=1");
        Path model =
                new Trainer(config, train, TrainingData.of(tokenizer, TEXT), folder.resolve("run"))
                        .threads(1)
                        .run()
                        .model();
        Evaluator evaluator = Evaluator.open(model);
        BiasReport report = BiasProbe.read(file(PROBE)).run(evaluator);
        assertEquals("he", report.reference());
        assertEquals(
                List.of("all texts", "nurse", "engineer"),
                report.rows().stream().map(BiasReport.Row::about).toList());
        double nurse = report.rows().get(1).ratio();
        double engineer = report.rows().get(2).ratio();
        BiasReport.Row all = report.rows().getFirst();
        assertEquals(3, all.n());
        Path swapped =
                file(
                        PROBE.replace(
                                "'he': {'who': 'he'}, 'she': {'who': 'she'}",
                                "'she': {'who': 'she'}, 'he': {'who': 'he'}"));
        BiasReport other = BiasProbe.read(swapped).run(evaluator);
        assertEquals(-all.ratio(), other.rows().getFirst().ratio(), 1e-6);
        assertEquals(-nurse, other.rows().get(1).ratio(), 1e-6);
        assertEquals(-engineer, other.rows().get(2).ratio(), 1e-6);
        assertEquals(all.error(), other.rows().getFirst().error(), 1e-6);

        Task said =
                new Task() {
                    @Override
                    public String name() {
                        return "said";
                    }

                    @Override
                    public List<Item> items(TaskOptions options) {
                        return List.of(
                                new Item.Choice(
                                        "",
                                        "",
                                        List.of(
                                                "the nurse said he was tired.",
                                                "the nurse said she was tired."),
                                        0));
                    }
                };
        TaskResult result = evaluator.run(said, TaskOptions.DEFAULT);
        var likelihoods = result.items().getFirst().get("loglikelihoods");
        assertEquals(likelihoods.get(1).asDouble() - likelihoods.get(0).asDouble(), nurse, 1e-6);

        Path kept = folder.resolve(BiasReport.FILE);
        report.merge(kept);
        report.merge(kept);
        assertEquals(List.of(report), BiasReport.read(kept));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'name': 'x', 'groups': {'a': {}}, 'pairs': [{'a': 'b'}]} | there are 1 groups",
                "{'name': 'x', 'groups': {'a': {}, 'b': {}}} | there are no texts",
                "{'name': 'x', 'groups': {'a': {}, 'b': {}}, 'pairs': [{'a': 'b'}]} | expected a"
                        + " text for each of [a, b]",
                "{'name': 'x', 'groups': {'a': {}, 'b': {}}, 'templates': ['{c}']} | has {c}, which"
                        + " is no field",
                "{'name': 'x', 'groups': {'a': {}, 'b': {}}, 'judge': 1} | judge"
            })
    void aFileThatCannotBeUsedIsNamedWithTheReason(String json, String message) throws IOException {
        Path file = file(json);
        var e = assertThrows(BadFileException.class, () -> BiasProbe.read(file));
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        assertTrue(e.getMessage().contains(message.strip()), e.getMessage());
    }
}
