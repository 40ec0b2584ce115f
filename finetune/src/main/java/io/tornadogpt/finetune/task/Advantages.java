package io.tornadogpt.finetune.task;

import io.tornadogpt.finetune.GrpoSettings.ScaleRewards;

import java.util.Arrays;

/// How much better each answer is than the others of its group (Shao et al., "DeepSeekMath", 2024):
/// the reward less the group's mean, divided by a standard deviation plus 1e-4, as TRL has it.
///
/// @param values one for each answer
/// @param equalGroups share of the answers whose group, or step, has equal rewards: they teach
///   nothing
record Advantages(float[] values, double equalGroups) {
    private static final double SMALLEST = 1e-4;

    /// Below it a deviation is none: PyTorch's `isclose` to zero.
    private static final double EQUAL = 1e-8;

    /// @param rewards of all answers of a step, group by group
    static Advantages of(double[] rewards, int groupSize, ScaleRewards scale) {
        var values = new float[rewards.length];
        double all = deviation(rewards);
        int equal = 0;
        for (int from = 0; from < rewards.length; from += groupSize) {
            double[] group = Arrays.copyOfRange(rewards, from, from + groupSize);
            double mean = Arrays.stream(group).average().orElse(0);
            double deviation = scale == ScaleRewards.BATCH ? all : deviation(group);
            double divisor = scale == ScaleRewards.NONE ? 1 : deviation + SMALLEST;
            for (int i = 0; i < groupSize; i++) {
                values[from + i] = (float) ((group[i] - mean) / divisor);
            }
            equal += deviation <= EQUAL ? groupSize : 0;
        }
        return new Advantages(values, (double) equal / rewards.length);
    }

    /// With one degree of freedom less than there are values.
    static double deviation(double... values) {
        if (values.length < 2) {
            return 0;
        }
        double mean = Arrays.stream(values).average().orElse(0);
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return Math.sqrt(squares / (values.length - 1));
    }
}
