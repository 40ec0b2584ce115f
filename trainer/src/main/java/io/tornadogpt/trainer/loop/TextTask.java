package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.objective.TokenPrediction;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.Batches;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.EvaluationWindows;
import io.tornadogpt.trainer.data.MaskedBatches;
import io.tornadogpt.trainer.data.MaskedWindows;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.TokenMasks;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.settings.ModelObjective;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Learns to predict the tokens of a text: every next one, or those that are masked, as
/// `train.objective` says.
///
/// @param data the text's tokens; closed with the task
public record TextTask(TrainingData data) implements TrainingTask {
    @Override
    public Objective objective() {
        return TokenPrediction.PLAIN;
    }

    @Override
    public List<BatchForm> forms(TrainConfig config) {
        return List.of(BatchForm.full(config.batchSize(), config.blockSize()));
    }

    @Override
    public BatchSource batches(TrainConfig config, Order order, long seed) {
        Batches rows = rows(config, order, seed);
        return masked(config) ? new MaskedBatches(rows, masks(seed)) : rows;
    }

    private static boolean masked(TrainConfig config) {
        return config.objective() == ModelObjective.MLM;
    }

    private TokenMasks masks(long seed) {
        return TokenMasks.of(data.tokenizer(), seed);
    }

    private Batches rows(TrainConfig config, Order order, long seed) {
        Tokens tokens = data.training();
        return switch (order) {
            case RANDOM -> Batches.random(tokens, config.batchSize(), config.blockSize(), seed);
            case SEQUENTIAL ->
                    Batches.sequential(
                            tokens,
                            config.batchSize(),
                            config.blockSize(),
                            config.gradAccumulation());
        };
    }

    @Override
    public boolean validates() {
        return data.validation() != null;
    }

    @Override
    public @Nullable EvaluationBatches validation(TrainConfig config, long seed) {
        Tokens tokens = data.validation();
        if (tokens == null) {
            return null;
        }
        var windows = new EvaluationWindows(tokens, config.batchSize(), config.blockSize());
        return masked(config) ? new MaskedWindows(windows, masks(seed)) : windows;
    }

    @Override
    public Map<String, String> identity() {
        return data.identity();
    }

    @Override
    public String nameOf(String part) {
        return data.nameOf(part);
    }

    @Override
    public void requireUnchanged() throws IOException {
        data.requireUnchanged();
    }

    @Override
    public @Nullable Tokenizer tokenizer() {
        return data.tokenizer();
    }

    @Override
    public void requireVocabulary(int vocabularySize) throws IOException {
        data.requireVocabulary(vocabularySize);
    }

    @Override
    public void close() {
        data.close();
    }
}
