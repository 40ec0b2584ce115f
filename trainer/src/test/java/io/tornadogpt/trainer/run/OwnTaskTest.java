package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.objective.TokenPrediction;
import io.tornadogpt.core.op.Scale;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A loss and an architecture of somebody else's in [Trainer], by what the library exports.
class OwnTaskTest {
    private static final double FACTOR = 3;

    @TempDir Path folder;

    /// Predicts the next token, with losses that are multiplied.
    private record Scaled(TextTask text) implements TrainingTask {
        @Override
        public Objective objective() {
            return (scope, inputs, hidden) -> {
                var plain = TokenPrediction.PLAIN.append(scope, inputs, hidden);
                var scaled = scope.activation("scaled", inputs.batch(), inputs.length());
                scope.append(new Scale(plain.losses(), scaled, FACTOR));
                return new Objective.Losses(
                        scaled, plain.targets(), null, plain.inputs(), plain.outputs());
            };
        }

        @Override
        public List<BatchForm> forms(TrainConfig config) {
            return text.forms(config);
        }

        @Override
        public BatchSource batches(TrainConfig config, Order order, long seed) {
            return text.batches(config, order, seed);
        }

        @Override
        public boolean validates() {
            return text.validates();
        }

        @Override
        public @Nullable EvaluationBatches validation(TrainConfig config, long seed) {
            return text.validation(config, seed);
        }

        @Override
        public Map<String, String> identity() {
            return text.identity();
        }

        @Override
        public @Nullable Tokenizer tokenizer() {
            return text.tokenizer();
        }

        @Override
        public void requireVocabulary(int vocabularySize) throws IOException {
            text.requireVocabulary(vocabularySize);
        }

        @Override
        public void close() {
            text.close();
        }
    }

    private TrainingResult train(String name, ModelConfig model, boolean scaled, String... more)
            throws IOException {
        var text = new TextTask(TrainingData.of(TinyRun.TOKENIZER, TinyRun.TEXT));
        try (TrainingTask task = scaled ? new Scaled(text) : text) {
            var settings = new RunSettings(model, TinyRun.config(more), true);
            return new Trainer(settings, task, folder.resolve(name)).seed(7).threads(1).run();
        }
    }

    private static ModelConfig gpt2() {
        return new GptConfig(1, 1, 16, 8, TinyRun.TOKENIZER.vocabularySize(), true, 0).model();
    }

    @Test
    void lossOfOnesOwnIsTheOneThatIsMinimized() throws IOException {
        double plain = train("plain", gpt2(), false, "steps=1").lastLoss();
        TrainingResult own = train("own", gpt2(), true, "steps=1");
        assertEquals(FACTOR * plain, own.lastLoss(), 1e-5 * plain);
        assertTrue(own.finished());
        assertTrue(own.bestValidationLoss().orElseThrow() > 2 * plain);
    }

    /// A small Llama whose two heads share keys and values, as no setting of this project makes
    /// one.
    @Test
    void architectureOfOnesOwnIsTrainedAndOpenedAgain() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("config.json"),
                        """
                        {"model_type": "llama", "hidden_size": 16, "intermediate_size": 24,
                         "num_hidden_layers": 2, "num_attention_heads": 2,
                         "num_key_value_heads": 1, "max_position_embeddings": 8,
                         "vocab_size": %d, "rms_norm_eps": 1e-6, "hidden_act": "silu"}
                        """
                                .formatted(TinyRun.TOKENIZER.vocabularySize()));
        ModelConfig own = ModelConfig.read(file);
        TrainingResult run = train("run", own, true);
        assertTrue(run.finished());
        assertEquals(own.architecture(), StoredModel.open(run.model()).config().architecture());
    }
}
