package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.FineTuning;
import io.tornadogpt.finetune.Goal;
import io.tornadogpt.finetune.NewFineTuning;
import io.tornadogpt.finetune.reward.Answer;
import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.finetune.task.RowTask;
import io.tornadogpt.parallel.ThreadTeam;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.StepRefusedException;
import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.Together;
import io.tornadogpt.trainer.run.Run;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// Fine-tuning in several processes has the bits of one. Processes are threads here; those that
/// mpirun starts are tried by [MpirunTest].
@Timeout(300)
class FineTuningTogetherTest {
    private static final Path GOLDEN =
            Path.of("../finetune/src/test/resources/io/tornadogpt/finetune/golden")
                    .toAbsolutePath()
                    .normalize();

    private static final long PATIENCE = 60;

    @TempDir Path folder;

    /// Counts its calls.
    private record Letters(AtomicInteger calls, int bad) implements Reward {
        @Override
        public String name() {
            return "letters";
        }

        @Override
        public double of(Answer answer) {
            boolean fails = answer.row().place().endsWith("line " + bad);
            calls.incrementAndGet();
            return fails ? Double.NaN : answer.text().chars().filter(each -> each == 'e').count();
        }
    }

    private static Reward letters() {
        return new Letters(new AtomicInteger(), -1);
    }

    private static NewFineTuning begun(Goal goal, String rows, String... settings)
            throws IOException {
        return NewFineTuning.of(
                        goal, StoredModel.open(GOLDEN.resolve("llama")), GOLDEN.resolve(rows))
                .with(
                        "train.batchSize=2",
                        "train.steps=2",
                        "train.gradClip=0.5",
                        "train.evalInterval=1",
                        "train.checkpointInterval=1",
                        "train.treeReduction=true",
                        "train.gradAccumulation=4",
                        "data.validation=0.2")
                .with(settings);
    }

    /// The files of a run that have no times in them.
    private static Map<String, String> contents(Path run) throws IOException {
        var contents = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = run.relativize(file).toString();
                boolean same =
                        name.endsWith(".safetensors")
                                || name.endsWith("rollout.json")
                                || name.equals("metrics.jsonl");
                if (same) {
                    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                    contents.put(name, bytes.replaceAll("\"tokensPerSecond\":[^,}]+", ""));
                }
            }
        }
        return contents;
    }

    private static void train(Communicator member, NewFineTuning begun, Path out)
            throws IOException {
        try (Run<RowTask> run =
                Together.leaderFirst(
                        member,
                        () -> FineTuning.begin(out, begun),
                        () -> FineTuning.join(out, begun))) {
            run.trainer().communicator(member).threads(1).run();
        }
    }

    /// @return what each of them failed with, in words; empty for those that did not
    private static List<String> together(int processes, NewFineTuning begun, Path out)
            throws Exception {
        var team = new ThreadTeam(processes, PATIENCE);
        try (ExecutorService threads = Executors.newFixedThreadPool(processes)) {
            var all = new ArrayList<Future<String>>();
            for (Communicator member : team.members()) {
                all.add(
                        threads.submit(
                                () -> {
                                    try {
                                        train(member, begun, out);
                                        return "";
                                    } catch (StepRefusedException e) {
                                        return String.valueOf(e.getMessage());
                                    } catch (IOException | RuntimeException e) {
                                        team.end();
                                        throw e;
                                    }
                                }));
            }
            var failures = new ArrayList<String>();
            for (Future<String> one : all) {
                failures.add(one.get());
            }
            return failures;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "CLASSIFY, labels.csv,         data.validation=0.2",
        "DPO,      preferences.jsonl,  dpo.beta=0.2",
        "GRPO,     instructions.jsonl, grpo.beta=0.1"
    })
    void tasksWriteWhatOneProcessDoes(Goal goal, String rows, String setting) throws Exception {
        var calls = new AtomicInteger();
        NewFineTuning begun = begun(goal, rows, setting);
        if (goal == Goal.GRPO) {
            begun =
                    begun.with(
                                    "grpo.groupSize=4",
                                    "grpo.maxNewTokens=5",
                                    "grpo.iterations=2",
                                    "grpo.reward=letters")
                            .withRewards(new Letters(calls, -1));
        }
        Path alone = folder.resolve("alone");
        try (Run<RowTask> run = FineTuning.begin(alone, begun)) {
            run.trainer().threads(1).run();
        }
        Map<String, String> expected = contents(alone);
        assertTrue(expected.size() > 4, expected.keySet().toString());
        int trained = goal == Goal.GRPO ? 2 * 4 : 0; // answers, which serve both steps
        int validated = calls.getAndSet(0) - trained;
        Path out = folder.resolve("of-two");
        together(2, begun, out);
        assertEquals(expected, contents(out));
        // Each answer to learn from is made by one process, those that are judged by all.
        assertEquals(trained + 2 * validated, calls.get());
    }

    /// All processes end with the sentence of the one whose reward fails, and the run can go on.
    @Test
    void aRewardThatFailsInOneProcessEndsAll() throws Exception {
        NewFineTuning begun =
                begun(
                                Goal.GRPO,
                                "instructions.jsonl",
                                "train.evalInterval=0",
                                "train.steps=5",
                                "grpo.groupSize=4",
                                "grpo.maxNewTokens=3",
                                "grpo.reward=letters")
                        .withOrder(Order.SEQUENTIAL)
                        .withRewards(new Letters(new AtomicInteger(), 7));
        Path out = folder.resolve("run");
        List<String> failures = together(2, begun, out);
        assertEquals(1, failures.stream().distinct().count(), failures.toString());
        assertTrue(failures.getFirst().contains("the reward letters"), failures.toString());
        assertTrue(failures.getFirst().contains("line 7"), failures.toString());
        try (Run<RowTask> run = FineTuning.resume(out, List.of(letters()))) {
            assertEquals(5, run.trainer().threads(1).run().steps());
        }
    }
}
