package io.tornadogpt.finetune.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.finetune.Golden;
import io.tornadogpt.finetune.GrpoSettings;
import io.tornadogpt.finetune.GrpoSettings.LossType;
import io.tornadogpt.finetune.GrpoSettings.ScaleRewards;
import io.tornadogpt.finetune.data.DataRow;
import io.tornadogpt.finetune.reward.Answer;
import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Batching;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.loop.GradientExchange;
import io.tornadogpt.trainer.loop.Tally;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.loop.TrainingStep;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Twenty steps of TRL's trainer from given answers and their rewards, as
/// `src/test/python/golden_grpo.py` wrote them down.
class GrpoParityTest {
    private static final double BOUND = 1e-5;
    private static final int STEPS = 20;
    private static final int ANSWERS = 8;

    @TempDir Path folder;

    /// Rewards are given, so that nobody is asked.
    private record Given(String name) implements Reward {
        @Override
        public double of(Answer answer) {
            throw new AssertionError(answer);
        }
    }

    private static GrpoSettings settings(
            LossType loss,
            int iterations,
            double beta,
            ScaleRewards scale,
            double epsilon,
            double high) {
        return new GrpoSettings(
                4, epsilon, high, beta, loss, scale, iterations, 10, "vowels,short", "");
    }

    private static PromptRows prompts(JsonNode golden) {
        var prompts = new ArrayList<PromptRows.Prompt>();
        for (JsonNode ids : golden) {
            var row =
                    new DataRow(
                            Path.of("prompts.jsonl"),
                            prompts.size() + 1,
                            JsonNodeFactory.instance.objectNode());
            prompts.add(new PromptRows.Prompt(row, tokens(ids), null));
        }
        return new PromptRows(prompts);
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2,  dapo,        DAPO,    1, 0,   GROUP, 0.2, 0",
        "llama, dapo,        DAPO,    1, 0,   GROUP, 0.2, 0",
        "gpt2,  grpo kl,     GRPO,    1, 0.2, GROUP, 0.2, 0",
        "llama, grpo kl,     GRPO,    1, 0.2, GROUP, 0.2, 0",
        "gpt2,  bnpo old,    BNPO,    3, 0,   BATCH, 0.2, 0",
        "llama, bnpo old,    BNPO,    3, 0,   BATCH, 0.2, 0",
        "gpt2,  dr_grpo old, DR_GRPO, 2, 0,   NONE,  0.1, 0.3",
        "llama, dr_grpo old, DR_GRPO, 2, 0,   NONE,  0.1, 0.3",
        "gpt2,  dapo old kl, DAPO,    4, 0.1, GROUP, 0.2, 0",
        "llama, dapo old kl, DAPO,    4, 0.1, GROUP, 0.2, 0"
    })
    void rewardsAreLearnedFromAsTrlLearnsFromThem(
            String family,
            String name,
            LossType loss,
            int iterations,
            double beta,
            ScaleRewards scale,
            double epsilon,
            double high)
            throws IOException {
        JsonNode golden = new ObjectMapper().readTree(Golden.file("grpo.json").toFile());
        JsonNode expected = golden.get(family + " " + name);
        StoredModel stored = Golden.model(family);
        Tokenizer tokenizer = Tokenizer.load(Golden.file(family));
        var source =
                new RowTask.Source(
                        tokenizer, Map.of(), Map.of(), Batching.PADDED, List.of(), List.of());
        PromptRows prompts = prompts(golden.get(family + " prompts"));
        TrainConfig train =
                TrainConfig.defaults()
                        .with(
                                "batchSize=4",
                                "gradAccumulation=2",
                                "blockSize=96",
                                "steps=" + STEPS,
                                "warmupSteps=0",
                                "learningRate=3e-3",
                                "minLearningRate=0",
                                "schedule=linear",
                                "weightDecay=0.1",
                                "beta2=0.999");
        GrpoSettings settings = settings(loss, iterations, beta, scale, epsilon, high);
        int end = tokenizer.endTokens().getFirst();
        var task =
                new GrpoTask(
                        source,
                        settings,
                        List.of(new Given("vowels"), new Given("short")),
                        prompts,
                        null,
                        train,
                        end);
        Model model = task.inSession(stored.model());
        TrainingPrograms training = TrainingPrograms.of(model, train, task);
        List<Program> programs =
                Stream.of(training.programs(), task.programs(model)).flatMap(List::stream).toList();
        Backend backend = Backends.named("cpu");
        try (Session session = backend.open(programs, new ExecutionOptions(0))) {
            stored.load(model, session);
            Rollouts rollouts = (Rollouts) task.batches(train, Order.SEQUENTIAL, 1);
            task.begin(session, training, folder);
            Tally tally = task.tally();
            var step =
                    new TrainingStep(
                            session, training, rollouts, 2, 1, GradientExchange.ALONE, tally);
            for (int number = 0; number < STEPS; number++) {
                int rollout = number / iterations;
                if (number % iterations == 0) {
                    JsonNode answers = golden.get(family + " answers").get(rollout);
                    rollouts.use(
                            rollout,
                            completions(answers, prompts, rollout, end),
                            rewards(expected.get("rewards").get(rollout)));
                    assertAdvantages(expected.get("advantages").get(rollout), rollouts);
                }
                double rate = train.learningRates().at(number);
                var result = step.run(number, rate, () -> false).orElseThrow();
                double wanted = expected.get("losses").get(number).doubleValue();
                assertEquals(wanted, result.loss(), BOUND, "loss of step " + number);
                assertMetrics(expected, number, iterations, tally.take());
            }
        }
    }

    private static int[] tokens(JsonNode ids) {
        int[] tokens = new int[ids.size()];
        for (int t = 0; t < tokens.length; t++) {
            tokens[t] = ids.get(t).intValue();
        }
        return tokens;
    }

    private static List<Completion> completions(
            JsonNode answers, PromptRows prompts, int rollout, int end) {
        var completions = new ArrayList<Completion>();
        for (int i = 0; i < ANSWERS; i++) {
            int[] tokens = tokens(answers.get(i));
            int row = (rollout * 2 + i / 4) % prompts.count();
            boolean ended = tokens[tokens.length - 1] == end;
            completions.add(new Completion(row, prompts.get(row).ids(), tokens, ended));
        }
        return completions;
    }

    private static double[][] rewards(JsonNode given) {
        var rewards = new double[ANSWERS][2];
        for (int i = 0; i < ANSWERS; i++) {
            rewards[i][0] = given.get(i).get(0).doubleValue();
            rewards[i][1] = given.get(i).get(1).doubleValue();
        }
        return rewards;
    }

    private static void assertAdvantages(JsonNode expected, Rollouts rollouts) {
        for (int i = 0; i < ANSWERS; i++) {
            assertEquals(
                    expected.get(i).doubleValue(),
                    rollouts.advantages().values()[i],
                    BOUND,
                    "" + i);
        }
    }

    private static void assertMetrics(
            JsonNode expected, int step, int iterations, Map<String, Double> given) {
        for (var metric : expected.get("steps").properties()) {
            double wanted = metric.getValue().get(step).doubleValue();
            assertEquals(wanted, given.get(metric.getKey()), BOUND, metric.getKey() + " " + step);
        }
        if (step % iterations == 0) {
            for (var metric : expected.get("metrics").properties()) {
                double wanted = metric.getValue().get(step / iterations).doubleValue();
                assertEquals(wanted, given.get(metric.getKey()), BOUND, metric.getKey());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2", "llama"})
    void someAnswersAreClipped(String family) throws IOException {
        JsonNode golden = new ObjectMapper().readTree(Golden.file("grpo.json").toFile());
        double clipped = 0;
        for (JsonNode value :
                golden.get(family + " bnpo old").get("steps").get("clip_ratio/region_mean")) {
            clipped = Math.max(clipped, value.doubleValue());
        }
        assertTrue(clipped > 0.01, "the comparison would not see what clipping does");
    }
}
