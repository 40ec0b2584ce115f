package io.tornadogpt.finetune.task;

import io.tornadogpt.finetune.reward.Answer;
import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.StepRefusedException;

import java.util.List;

/// Asks rewards what answers are worth.
record Scorer(List<Reward> rewards, Tokenizer tokenizer) {
    /// The reward of each answer, by each reward.
    ///
    /// @param prompts that were answered
    /// @throws StepRefusedException where a reward fails or is not a finite number
    double[][] score(PromptRows prompts, List<Completion> completions) {
        var scores = new double[completions.size()][rewards.size()];
        for (int i = 0; i < scores.length; i++) {
            Completion completion = completions.get(i);
            PromptRows.Prompt prompt = prompts.get(completion.row());
            var answer =
                    new Answer(
                            prompt.row(),
                            tokenizer.decode(prompt.ids()),
                            tokenizer.decodeWithoutSpecialTokens(completion.tokens()),
                            prompt.wanted(),
                            completion.ended());
            for (int r = 0; r < rewards.size(); r++) {
                scores[i][r] = score(rewards.get(r), answer);
            }
        }
        return scores;
    }

    private static double score(Reward reward, Answer answer) {
        double score;
        try {
            score = reward.of(answer);
        } catch (RuntimeException e) {
            String message = e.getMessage() == null ? e.toString() : e.getMessage();
            throw new StepRefusedException(
                    "the reward %s failed for an answer to %s (%s); correct it and resume the run"
                            .formatted(reward.name(), answer.row().place(), message),
                    e);
        }
        if (!Double.isFinite(score)) {
            throw new StepRefusedException(
                    "the reward %s of an answer to %s is %s; expected a finite number, so correct it and resume the run"
                            .formatted(reward.name(), answer.row().place(), score),
                    null);
        }
        return score;
    }
}
