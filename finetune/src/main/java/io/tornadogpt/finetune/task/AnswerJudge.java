package io.tornadogpt.finetune.task;

import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.trainer.loop.Evaluation;
import io.tornadogpt.trainer.loop.Judge;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// Judges a model by the rewards of its most likely answers. The loss is the mean reward with the
/// sign changed, so that the best model has the lowest.
record AnswerJudge(
        PolicySession session,
        PromptRows prompts,
        Scorer scorer,
        List<Reward> rewards,
        int maxNewTokens)
        implements Judge {
    @Override
    public Evaluation.@Nullable Measured measure(int wanted, BooleanSupplier stopping) {
        int size = session.generation().slots();
        int batches = Math.ceilDiv(prompts.count(), size);
        int chosen = wanted == 0 ? batches : Math.min(wanted, batches);
        var options =
                new GenerationOptions(SamplingOptions.UNCHANGED.withTemperature(0), maxNewTokens, 0)
                        .withEndTokens(session.end() < 0 ? Set.of() : Set.of(session.end()));
        var all = new ArrayList<Completion>();
        for (int i = 0; i < chosen; i++) {
            int from = (int) ((long) batches * i / chosen) * size;
            int[] rows = IntStream.range(from, Math.min(prompts.count(), from + size)).toArray();
            List<Completion> answers = session.answer(prompts, rows, options, stopping);
            if (answers == null) {
                return null;
            }
            all.addAll(answers);
        }
        var rollout =
                new Rollout(0, all, scorer.score(prompts, all), new float[0][], new float[0][]);
        Map<String, Double> metrics = PolicyTally.of(rollout, rewards);
        return new Evaluation.Measured(-metrics.getOrDefault("reward", 0.0), metrics);
    }
}
