package io.tornadogpt.kernels.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Segment;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// How many kernels a training step launches, for each launch is time in which a device may wait.
class LaunchesTest {
    /// GPT-2's smallest model has 12 layers; its sizes do not change the number of launches.
    @Test
    void aStepOfGpt2LaunchesEachKernelSoManyTimes() {
        var model = new Model(new GptConfig(12, 2, 8, 6, 17, true, 0));
        Map<String, Integer> launches =
                launches(
                        model.accumulate(2, 5).program(),
                        model.update(new AdamW.Settings(0.9, 0.95, 1e-8, 0.1), 1.0).program());
        assertEquals(
                Map.ofEntries(
                        Map.entry("matMul", 4 * 12 + 1),
                        Map.entry("linearBackward", 4 * 12 + 1),
                        Map.entry("layerNorm", 2 * 12 + 1),
                        Map.entry("layerNormBackwardAtOnce", 2 * 12 + 1),
                        Map.entry("attention", 12),
                        Map.entry("attentionDelta", 12),
                        Map.entry("attentionQueryBackward", 12),
                        Map.entry("attentionKeyValueBackward", 12),
                        Map.entry("embedding", 2),
                        Map.entry("addElements", 1),
                        Map.entry("linkEqualIds", 2),
                        Map.entry("embeddingBackward", 2),
                        Map.entry("crossEntropy", 1),
                        Map.entry("sumLoss", 1),
                        Map.entry("sumLossBackward", 1),
                        Map.entry("crossEntropyBackward", 1),
                        Map.entry("sumSquaresOfEight", 2),
                        Map.entry("rootOfSum", 1),
                        Map.entry("clipScale", 1),
                        Map.entry("adamWOfTwo", 8)),
                launches);
    }

    private static Map<String, Integer> launches(Program... programs) {
        List<Program> rewritten = new TornadoBackend().rewritten(List.of(programs));
        var arrays = new DeviceArrays(new DeviceLayout(rewritten, Lowering.OWN));
        Map<String, Integer> launches = new TreeMap<>();
        for (Program program : rewritten) {
            for (Segment segment : program.segments()) {
                SharedLaunches.of(program, segment, Lowering.OWN, arrays.of(program))
                        .forEach(l -> launches.merge(l.kernel(), segment.repeat(), Integer::sum));
            }
        }
        return launches;
    }
}
