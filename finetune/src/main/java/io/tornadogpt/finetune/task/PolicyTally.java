package io.tornadogpt.finetune.task;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.op.PolicyLoss;
import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.loop.Tally;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Counts what rewards say and how far the model has moved, under TRL's names.
final class PolicyTally implements Tally {
    private final Rollouts rollouts;
    private final List<Reward> rewards;
    private final PolicyLoss.Settings settings;

    /// Means of micro-batches, added up: clipped below and the least of an answer, above and the
    /// most, the divergence; and how many micro-batches.
    private double[] sums = new double[6];

    PolicyTally(Rollouts rollouts, List<Reward> rewards, PolicyLoss.Settings settings) {
        this.rollouts = rollouts;
        this.rewards = rewards;
        this.settings = settings;
    }

    @Override
    public void add(Session session, LossProgram program, Batch batch) {
        float[] losses = session.readFloats(program.output("perToken"));
        int[] targets = batch.integers("targets");
        float[] old = batch.reads("old") ? batch.numbers("old") : losses;
        float[] reference = batch.reads("reference") ? batch.numbers("reference") : losses;
        int tokens = 0;
        int allBelow = 0;
        int allAbove = 0;
        double least = 1;
        double most = 0;
        double sum = 0;
        for (int line = 0; line < batch.sequences(); line++) {
            float advantage = batch.numbers("advantages")[line];
            int count = 0;
            int below = 0;
            int above = 0;
            for (int i = line * batch.length(); i < (line + 1) * batch.length(); i++) {
                if (targets[i] >= 0) {
                    // In F32, as the loss has it: what is on the border is clipped in both.
                    float ratio = (float) Math.exp(old[i] - losses[i]);
                    below += ratio < (float) (1 - settings.low()) && advantage < 0 ? 1 : 0;
                    above += ratio > (float) (1 + settings.high()) && advantage > 0 ? 1 : 0;
                    double apart = (double) losses[i] - reference[i];
                    sum += ratio * (Math.expm1(apart) - apart);
                    count++;
                }
            }
            if (count > 0) {
                least = Math.min(least, (double) below / count);
                most = Math.max(most, (double) above / count);
            }
            tokens += count;
            allBelow += below;
            allAbove += above;
        }
        int count = Math.max(1, tokens);
        add(
                new double[] {
                    (double) allBelow / count,
                    least,
                    (double) allAbove / count,
                    most,
                    sum / count,
                    1
                });
    }

    @Override
    public double[] drain() {
        double[] drained = sums;
        sums = new double[drained.length];
        return drained;
    }

    @Override
    public void add(double[] more) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += more[i];
        }
    }

    @Override
    public Map<String, Double> take() {
        Rollout rollout = rollouts.current();
        double[] all = drain();
        double batches = all[5];
        if (batches == 0 || rollout == null) {
            return Map.of();
        }
        var metrics = new TreeMap<>(of(rollout, rewards));
        metrics.put("frac_reward_zero_std", rollouts.advantages().equalGroups());
        metrics.put("clip_ratio/low_mean", all[0] / batches);
        metrics.put("clip_ratio/low_min", all[1] / batches);
        metrics.put("clip_ratio/high_mean", all[2] / batches);
        metrics.put("clip_ratio/high_max", all[3] / batches);
        metrics.put("clip_ratio/region_mean", (all[0] + all[2]) / batches);
        if (settings.beta() > 0) {
            metrics.put("kl", all[4] / batches);
        }
        return metrics;
    }

    /// What answers are like.
    static Map<String, Double> of(Rollout rollout, List<Reward> rewards) {
        var metrics = new TreeMap<String, Double>();
        double[] sums = rollout.sums();
        metrics.put("reward", Arrays.stream(sums).average().orElse(0));
        metrics.put("reward_std", Advantages.deviation(sums));
        for (int r = 0; r < rewards.size(); r++) {
            double[] values = rollout.by(r);
            String name = "rewards/" + rewards.get(r).name();
            metrics.put(name + "/mean", Arrays.stream(values).average().orElse(0));
            metrics.put(name + "/std", Advantages.deviation(values));
        }
        var lengths =
                rollout.completions().stream()
                        .mapToInt(answer -> answer.tokens().length)
                        .summaryStatistics();
        var ended =
                rollout.completions().stream()
                        .filter(Completion::ended)
                        .mapToInt(answer -> answer.tokens().length)
                        .summaryStatistics();
        metrics.put("completions/mean_length", lengths.getAverage());
        metrics.put("completions/min_length", (double) lengths.getMin());
        metrics.put("completions/max_length", (double) lengths.getMax());
        metrics.put(
                "completions/clipped_ratio", 1 - (double) ended.getCount() / lengths.getCount());
        boolean any = ended.getCount() > 0;
        metrics.put("completions/mean_terminated_length", any ? ended.getAverage() : 0);
        metrics.put("completions/min_terminated_length", any ? (double) ended.getMin() : 0);
        metrics.put("completions/max_terminated_length", any ? (double) ended.getMax() : 0);
        return metrics;
    }
}
