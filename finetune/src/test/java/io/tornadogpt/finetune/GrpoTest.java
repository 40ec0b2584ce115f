package io.tornadogpt.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.finetune.reward.Answer;
import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.finetune.task.RowTask;
import io.tornadogpt.trainer.data.StepRefusedException;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.TrainingResult;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;

class GrpoTest {
    private static final String[] SMALL = {
        "grpo.groupSize=4",
        "grpo.maxNewTokens=6",
        "train.batchSize=8",
        "train.learningRate=1e-2",
        "train.steps=6",
        "data.validation=0.25"
    };

    @TempDir Path folder;

    private static Reward reward(String name, ToDoubleFunction<Answer> of) {
        return new Reward() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public double of(Answer answer) {
                return of.applyAsDouble(answer);
            }
        };
    }

    private static NewFineTuning begun(String... settings) throws IOException {
        return NewFineTuning.of(Goal.GRPO, Golden.model("gpt2"), Golden.file("instructions.jsonl"))
                .with(SMALL)
                .with(settings);
    }

    private static List<StepMetrics> metrics(Path run) throws IOException {
        return StepLog.read(run.resolve("metrics.jsonl"), StepMetrics.class);
    }

    @Test
    void answersThatAreRewardedBecomeMoreLikely() throws IOException {
        // How many of the letters are an e: a model that knows nothing finds out by itself.
        Reward letters =
                reward(
                        "letters",
                        answer -> answer.text().chars().filter(letter -> letter == 'e').count());
        NewFineTuning begun =
                begun("train.steps=40", "train.batchSize=16", "grpo.groupSize=8")
                        .withRewards(letters);
        FineTuning.begin(folder.resolve("run"), begun).train();
        List<StepMetrics> steps = metrics(folder.resolve("run"));
        double first = steps.getFirst().metrics().get("reward");
        double last = steps.getLast().metrics().get("reward");
        assertTrue(last > first + 1, "reward %.2f became %.2f".formatted(first, last));
        StepMetrics end = steps.getLast();
        assertEquals(-end.metrics().get("eval_reward"), end.valLoss());
    }

    @Test
    void adapterIsMeasuredFromTheModelWithoutIt() throws IOException {
        NewFineTuning begun =
                begun("lora.rank=4", "grpo.beta=0.5", "grpo.reward=own")
                        .withRewards(reward("own", answer -> answer.text().length()));
        FineTuning.begin(folder.resolve("run"), begun).train();
        List<StepMetrics> steps = metrics(folder.resolve("run"));
        assertEquals(0, steps.getFirst().metrics().get("kl"), 1e-9); // b starts as zeros
        assertTrue(steps.getLast().metrics().get("kl") > 1e-6);
        assertTrue(Files.exists(folder.resolve("run/adapter/adapter_model.safetensors")));
        assertFalse(Files.exists(folder.resolve("run/data/reference.safetensors")));
    }

    @ParameterizedTest
    @CsvSource({"NaN, is NaN", "Infinity, is Infinity"})
    void rewardThatIsNoNumberEndsTheRunAndLosesNothing(double bad, String part) throws IOException {
        var calls = new int[1];
        Reward good = reward("own", answer -> answer.text().length());
        Reward reward = reward("own", answer -> calls[0]++ == 30 ? bad : answer.text().length());
        NewFineTuning begun = begun("train.evalInterval=0").withRewards(reward);
        Path run = folder.resolve("run");
        try (Run<RowTask> started = FineTuning.begin(run, begun)) {
            var e = assertThrows(StepRefusedException.class, started::train);
            assertTrue(e.getMessage().contains("the reward own"), e.getMessage());
            assertTrue(e.getMessage().contains(part), e.getMessage());
            assertTrue(e.getMessage().contains("instructions.jsonl, line "), e.getMessage());
        }
        assertEquals(3, metrics(run).size());
        TrainingResult resumed = FineTuning.resume(run, List.of(good)).train();
        assertEquals(6, resumed.steps());
        // As if nothing had happened.
        Path whole = folder.resolve("whole");
        FineTuning.begin(whole, begun("train.evalInterval=0").withRewards(good)).train();
        for (int step = 0; step < 6; step++) {
            assertEquals(metrics(whole).get(step).loss(), metrics(run).get(step).loss());
            assertEquals(metrics(whole).get(step).metrics(), metrics(run).get(step).metrics());
        }
    }

    @Test
    void rewardThatFailsInValidationLosesNothing() throws IOException {
        var calls = new int[1];
        Reward good = reward("own", answer -> answer.text().length());
        Reward reward =
                reward(
                        "own",
                        answer -> {
                            if (calls[0]++ == 17) {
                                throw new IllegalStateException("no such word");
                            }
                            return answer.text().length();
                        });
        NewFineTuning begun = begun("train.evalInterval=2").withRewards(reward);
        Path run = folder.resolve("run");
        try (Run<RowTask> started = FineTuning.begin(run, begun)) {
            var e = assertThrows(StepRefusedException.class, started::train);
            assertTrue(e.getMessage().contains("no such word"), e.getMessage());
        }
        FineTuning.resume(run, List.of(good)).train();
        List<StepMetrics> steps = metrics(run);
        assertEquals(6, steps.size());
        assertTrue(steps.get(1).valLoss() != null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "grpo.groupSize=1 | grpo.groupSize is 1",
                "grpo.groupSize=3 | no whole groups of grpo.groupSize 3",
                "grpo.epsilon=2 | grpo.epsilon is 2",
                "grpo.beta=-1 | grpo.beta is -1",
                "grpo.reward=best | names 'best'",
                "grpo.reward=regular_expression | grpo.pattern is empty",
                "grpo.pattern=( | no regular expression",
                "grpo.maxNewTokens=96 | leaves no room for a prompt",
                "grpo.maxNewTokens=95 | are longer than the 1 tokens",
                "data.batching=packed | data.batching is packed"
            })
    void settingThatCannotBeIsNamedAndNothingIsLeft(String setting, String part) {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> FineTuning.begin(folder.resolve("run"), begun(setting)));
        assertTrue(e.getMessage().contains(part), e.getMessage());
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void ownRewardIsAskedForAgainOnResuming() throws IOException {
        Path run = folder.resolve("run");
        FineTuning.begin(run, begun("train.steps=1").withRewards(reward("own", answer -> 1)))
                .train();
        var e = assertThrows(IllegalArgumentException.class, () -> FineTuning.resume(run));
        assertTrue(e.getMessage().contains("'own'"), e.getMessage());
    }
}
