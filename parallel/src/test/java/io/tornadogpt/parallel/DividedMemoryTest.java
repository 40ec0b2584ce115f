package io.tornadogpt.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.DividedTraining;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each process keeps its part of the optimizer's state and no more.
class DividedMemoryTest {
    /// What a tensor may be rounded up to, and the elements by which parts differ.
    private static final int ALIGNMENT = 64;

    private static final int BLOCK = 64;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 16})
    void optimizerStateFallsWithTheNumberOfProcesses(int processes) {
        var model = new Model(ThreadRuns.gpt2());
        TrainConfig config = ThreadRuns.config(processes);
        TrainingPrograms whole = TrainingPrograms.of(model, config, true);
        Backend backend = Backends.named("cpu");
        long weights = whole.trainable().elements();
        long sum = 0;
        for (Communicator member : new ThreadTeam(processes, 1).members()) {
            TrainingPrograms own = DividedTraining.of(member, model, config, whole).programs();
            MemoryUse planned = backend.plan(own.programs());
            long optimizer = planned.bytes(Role.OPTIMIZER);
            long rounded = 2L * ALIGNMENT * whole.trainable().parameters().size();
            long fair = 8 * (weights / processes + BLOCK) + rounded;
            assertTrue(optimizer <= fair, member.rank() + ": " + optimizer + " > " + fair);
            sum += optimizer;
            try (Session session = backend.open(own.programs())) {
                assertEquals(planned.bytes(), session.allocatedBytes());
            }
        }
        assertTrue(sum >= 8 * weights, "parts are missing");
    }
}
