package io.tornadogpt.parallel;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.random.Threefry;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.loop.Tally;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/// Learns to continue a text, but not at every token: micro-batches have unequal numbers of
/// targets, and one in five has a single one. It counts something that is no whole number.
record GappedTask(TextTask text) implements TrainingTask {
    private static final int PLACE = -9;

    @Override
    public Objective objective() {
        return text.objective();
    }

    @Override
    public List<BatchForm> forms(TrainConfig config) {
        return text.forms(config);
    }

    @Override
    public BatchSource batches(TrainConfig config, Order order, long seed) {
        BatchSource whole = text.batches(config, order, seed);
        return (step, micro, batch) -> {
            whole.fill(step, micro, batch);
            int[] targets = batch.integers("targets");
            int kept = 0;
            Threefry random = Threefry.of(seed, step, micro);
            boolean few = random.word(0, 1, PLACE, 0) % 5 == 0;
            for (int i = 0; i < targets.length; i++) {
                boolean keeps = i == 0 || (!few && random.word(i, 0, PLACE, 0) > 0);
                targets[i] = keeps ? targets[i] : -1;
                kept += keeps ? 1 : 0;
            }
            return kept;
        };
    }

    @Override
    public boolean validates() {
        return true;
    }

    @Override
    public @Nullable EvaluationBatches validation(TrainConfig config, long seed) {
        return text.validation(config, seed);
    }

    @Override
    public Tally tally() {
        return new Tally() {
            private double sum;
            private double count;

            @Override
            public void add(Session session, LossProgram program, Batch batch) {
                sum += Math.sqrt(session.readFloats(program.loss())[0]);
                count++;
            }

            @Override
            public double[] drain() {
                double[] sums = {sum, count};
                sum = 0;
                count = 0;
                return sums;
            }

            @Override
            public void add(double[] sums) {
                sum += sums[0];
                count += sums[1];
            }

            @Override
            public Map<String, Double> take() {
                double[] sums = drain();
                return Map.of("root", sums[0] / sums[1], "counted", sums[1]);
            }
        };
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
    public void requireVocabulary(int vocabularySize) throws java.io.IOException {
        text.requireVocabulary(vocabularySize);
    }

    @Override
    public void close() {
        text.close();
    }
}
