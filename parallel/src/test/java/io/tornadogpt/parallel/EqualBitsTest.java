package io.tornadogpt.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;

/// The bits of a run do not depend on the number of processes. Processes are threads here.
@Timeout(300)
class EqualBitsTest {
    @TempDir Path folder;

    private static ModelConfig model(String name) {
        return name.equals("llama") ? ThreadRuns.llama() : ThreadRuns.gpt2();
    }

    /// All files of a run of one process, without a communicator.
    private Map<String, String> alone(ModelConfig model, TrainConfig config) throws IOException {
        Path directory = folder.resolve("alone");
        ThreadRuns.trainer(model, config, directory).run();
        return ThreadRuns.contents(directory);
    }

    private Map<String, String> divided(int processes, ModelConfig model, TrainConfig config)
            throws IOException {
        Path directory = folder.resolve("of-" + processes);
        ThreadRuns.train(processes, model, config, directory, UnaryOperator.identity());
        return ThreadRuns.contents(directory);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void oneTwoAndFourProcessesWriteTheSameFiles(String name) throws IOException {
        TrainConfig config = ThreadRuns.config(4);
        Map<String, String> expected = alone(model(name), config);
        assertTrue(expected.containsKey("metrics.jsonl"), expected.keySet().toString());
        assertTrue(
                expected.keySet().stream().anyMatch(f -> f.endsWith("optimizer.safetensors")),
                expected.keySet().toString());
        for (int processes : new int[] {1, 2, 4}) {
            assertEquals(expected, divided(processes, model(name), config), processes + " of 4");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void threeProcessesShareSixMicroBatches(String name) throws IOException {
        TrainConfig config = ThreadRuns.config(6);
        Map<String, String> expected = alone(model(name), config);
        for (int processes : new int[] {2, 3, 6}) {
            assertEquals(expected, divided(processes, model(name), config), processes + " of 6");
        }
    }

    /// The test can fail: another order of additions gives other bits.
    @Test
    void addingUpInPlaceGivesOtherBits() throws IOException {
        Map<String, String> tree = alone(ThreadRuns.gpt2(), ThreadRuns.config(4));
        Path directory = folder.resolve("in-place");
        ThreadRuns.trainer(
                        ThreadRuns.gpt2(), ThreadRuns.config(4, "treeReduction=false"), directory)
                .run();
        String weights = "checkpoints/step-00000050/model.safetensors";
        assertNotEquals(tree.get(weights), ThreadRuns.contents(directory).get(weights));
    }

    @Test
    void aCheckpointOfTwoResumesInOneThreeAndFour() throws IOException {
        TrainConfig half = ThreadRuns.config(12, "steps=20", "schedule=constant");
        TrainConfig whole = ThreadRuns.config(12, "steps=30", "schedule=constant");
        Map<String, String> expected = alone(ThreadRuns.gpt2(), whole);
        for (int processes : new int[] {1, 3, 4}) {
            Path directory = folder.resolve("resumed-" + processes);
            ThreadRuns.train(2, ThreadRuns.gpt2(), half, directory, UnaryOperator.identity());
            ThreadRuns.train(
                    processes, ThreadRuns.gpt2(), whole, directory, trainer -> trainer.resume());
            Map<String, String> resumed = ThreadRuns.contents(directory);
            resumed.keySet().removeIf(name -> name.startsWith("checkpoints/step-00000020"));
            expected.keySet().removeIf(name -> name.startsWith("checkpoints/step-00000020"));
            assertEquals(expected, resumed, processes + " processes");
        }
        IllegalArgumentException refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                ThreadRuns.train(
                                        5,
                                        ThreadRuns.gpt2(),
                                        whole,
                                        folder.resolve("resumed-3"),
                                        trainer -> trainer.resume()));
        assertEquals(
                "a step has 12 micro-batches, which 5 processes cannot share equally; use a number"
                        + " of processes that divides 12",
                refused.getMessage());
    }
}
