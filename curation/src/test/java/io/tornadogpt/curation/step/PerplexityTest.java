package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.TextLoss;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;

class PerplexityTest {
    @TempDir private Path folder;

    private static Document document(String text) {
        return Document.of("test", 0, text, Map.of());
    }

    /// Trains a model, which takes seconds: `-Dgpt.test.perplexity=true`.
    @Test
    @EnabledIfSystemProperty(named = "gpt.test.perplexity", matches = "true")
    void theNumberIsThatOfEvaluation() throws Exception {
        String known = "the cat sat on the mat. ".repeat(40);
        var tokenizer = CharTokenizer.train(known + "zqxj");
        var config =
                GptConfig.builder()
                        .nLayer(1)
                        .nHead(2)
                        .nEmbd(16)
                        .blockSize(16)
                        .vocabSize(tokenizer.vocabularySize())
                        .build();
        Path run = folder.resolve("run");
        var settings =
                TrainConfig.defaults()
                        .with(
                                "steps=60",
                                "batchSize=8",
                                "blockSize=16",
                                "learningRate=1e-2",
                                "evalInterval=60");
        try (var data = TrainingData.of(tokenizer, known)) {
            new Trainer(config, settings, data, run).run();
        }
        String text = "the cat sat on a mat. the mat sat on the cat.";
        DocumentStep step = new Perplexity(run.toString(), 1, 1e6, 1024).prepared();
        double perplexity = perplexity(step, text);
        TextLoss loss =
                TextLoss.measure(
                        StoredModel.open(new RunDirectory(run).model()),
                        DType.F32,
                        Tokens.of(tokenizer.encode(text)),
                        OptionalLong.empty(),
                        Backends.standard(),
                        ExecutionOptions.DEFAULT);
        assertEquals(loss.perplexity(), perplexity, 0.006);
        double noise = perplexity(step, "zqxjzqxjjqzxjzqzxqjjxqzzqjx");
        assertTrue(noise > 2 * perplexity, noise + " and " + perplexity);
        step.close();
        DocumentStep strict = new Perplexity(run.toString(), 1, 2 * perplexity, 1024).prepared();
        assertInstanceOf(Verdict.Changed.class, strict.apply(document(text)));
        var removed =
                assertInstanceOf(
                        Verdict.Removed.class,
                        strict.apply(document("zqxjzqxjjqzxjzqzxqjjxqzzqjx")));
        assertEquals("highPerplexity", removed.reason());
        strict.close();
    }

    private static double perplexity(DocumentStep step, String text) {
        var changed = assertInstanceOf(Verdict.Changed.class, step.apply(document(text)));
        return (Double) changed.document().metadata().get("perplexity");
    }

    @Test
    void whatCannotBeUsedIsNamed() {
        var none = assertThrows(IllegalArgumentException.class, Perplexity.DEFAULT::prepared);
        assertTrue(String.valueOf(none.getMessage()).contains("perplexity.model is empty"));
        var missing =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new Perplexity("nowhere", 0, 10, 10).prepared());
        assertTrue(String.valueOf(missing.getMessage()).contains("does not exist"));
    }
}
