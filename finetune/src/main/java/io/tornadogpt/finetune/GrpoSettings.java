package io.tornadogpt.finetune;

import io.tornadogpt.core.op.PolicyLoss;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/// How answers are learned by their rewards: the settings `grpo.*`, with TRL's values.
///
/// @param groupSize answers to each prompt, which are compared with each other; at least 2
/// @param epsilon how far the ratio of an answer's probabilities may fall below 1, up to 1
/// @param epsilonHigh how far it may rise above 1; 0 for as far as it may fall
/// @param beta weight of the divergence from the model that the run starts from, 0 for none
/// @param lossType what the losses of tokens are divided by
/// @param scaleRewards what advantages are divided by
/// @param iterations updates with the same answers
/// @param maxNewTokens the longest answer, its end included
/// @param reward names of rewards, with commas between them; they are added up
/// @param pattern of the reward `regular_expression`
public record GrpoSettings(
        int groupSize,
        double epsilon,
        double epsilonHigh,
        double beta,
        LossType lossType,
        ScaleRewards scaleRewards,
        int iterations,
        int maxNewTokens,
        String reward,
        String pattern) {
    /// The group of these settings in files and on the command line.
    public static final String GROUP = "grpo";

    /// TRL's, for answers that are right or wrong.
    public static final GrpoSettings DEFAULT =
            new GrpoSettings(
                    8, 0.2, 0, 0, LossType.DAPO, ScaleRewards.GROUP, 1, 256, "exact_match", "");

    /// What the losses of tokens are divided by.
    public enum LossType {
        /// By the tokens of their answer, and those means by the number of answers (Shao et al.,
        /// "DeepSeekMath", 2024).
        GRPO,
        /// By the tokens of all answers of the micro-batch.
        BNPO,
        /// By the number of answers and the longest that one may be (Liu et al., "Understanding
        /// R1-Zero-Like Training", 2025).
        DR_GRPO,
        /// By the tokens of all answers of the step (Yu et al., "DAPO", 2025).
        DAPO
    }

    /// What advantages are divided by.
    public enum ScaleRewards {
        /// By the standard deviation of the rewards of their group.
        GROUP,
        /// By that of all rewards of the step.
        BATCH,
        /// By nothing.
        NONE
    }

    /// @throws IllegalArgumentException naming the setting, its value and what is expected
    public GrpoSettings {
        require(groupSize >= 2, "groupSize", groupSize, "2 or more, to compare answers");
        require(epsilon >= 0 && epsilon <= 1, "epsilon", epsilon, "0 to 1");
        require(finite(epsilonHigh), "epsilonHigh", epsilonHigh, "0 (as epsilon) or more");
        require(finite(beta), "beta", beta, "0 or more");
        require(iterations >= 1, "iterations", iterations, "1 or more");
        require(maxNewTokens >= 1, "maxNewTokens", maxNewTokens, "1 or more");
        require(!rewards(reward).isEmpty(), "reward", "empty", "the name of a reward");
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "grpo.pattern is '%s', which is no regular expression: %s near character %d"
                            .formatted(pattern, e.getDescription(), e.getIndex() + 1),
                    e);
        }
    }

    private static boolean finite(double value) {
        return value >= 0 && Double.isFinite(value);
    }

    private static void require(boolean good, String name, Object value, String expected) {
        if (!good) {
            throw new IllegalArgumentException(
                    "grpo.%s is %s; expected %s".formatted(name, value, expected));
        }
    }

    /// The names of the rewards.
    public List<String> rewards() {
        return rewards(reward);
    }

    private static List<String> rewards(String names) {
        return Stream.of(names.split(",")).map(String::strip).filter(n -> !n.isEmpty()).toList();
    }

    /// For the loss.
    public PolicyLoss.Settings settings() {
        return new PolicyLoss.Settings(epsilon, epsilonHigh == 0 ? epsilon : epsilonHigh, beta);
    }

    /// With answers of another length.
    public GrpoSettings withMaxNewTokens(int most) {
        return new GrpoSettings(
                groupSize,
                epsilon,
                epsilonHigh,
                beta,
                lossType,
                scaleRewards,
                iterations,
                most,
                reward,
                pattern);
    }

    /// With other rewards.
    public GrpoSettings withReward(String names) {
        return new GrpoSettings(
                groupSize,
                epsilon,
                epsilonHigh,
                beta,
                lossType,
                scaleRewards,
                iterations,
                maxNewTokens,
                names,
                pattern);
    }
}
