package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.program.GradientCheckpointing;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A whole training step: forward, backward, norm, clipping and AdamW of a small GPT-2 with dropout
/// and accumulated gradients, as task graphs of one plan.
class TrainingTest {
    private static final int BATCH = 2;
    private static final int POSITIONS = 7;
    private static final int VOCABULARY = 19;

    private final Model model = new Model(new GptConfig(2, 2, 12, 8, VOCABULARY, true, 0.2));
    private LossProgram accumulate = model.accumulate(BATCH, POSITIONS);
    private final LossProgram evaluate = model.evaluate(BATCH, POSITIONS);
    private final UpdateProgram update =
            model.update(new AdamW.Settings(0.9, 0.95, 1e-8, 0.1), 1.0);

    private Session open(Backend backend) {
        return open(backend, ExecutionOptions.DEFAULT);
    }

    private Session open(Backend backend, ExecutionOptions options) {
        Session session =
                backend.open(
                        List.of(accumulate.program(), evaluate.program(), update.program()),
                        options);
        model.initialize(session, 3);
        session.write(accumulate.positions(), accumulate.everyPosition());
        session.write(evaluate.positions(), evaluate.everyPosition());
        session.write(accumulate.gradientScale(), 0.5f / (BATCH * POSITIONS));
        return session;
    }

    /// One step of two micro-batches.
    ///
    /// @return loss of the second, norm of the gradients
    private float[] step(Session session, int step) {
        for (int micro = 0; micro < 2; micro++) {
            write(session, accumulate, new Random(2L * step + micro));
            session.write(accumulate.rng(), 5, 0, step, micro);
            session.run("accumulate");
        }
        update.writeSchedule(session, 1e-2, step + 1);
        session.run("update");
        return new float[] {
            session.readFloats(accumulate.loss())[0], session.readFloats(update.norm())[0]
        };
    }

    private static void write(Session session, LossProgram program, Random random) {
        int[] tokens = random.ints(BATCH * POSITIONS, 0, VOCABULARY).toArray();
        int[] targets = random.ints(BATCH * POSITIONS, 0, VOCABULARY).toArray();
        targets[1] = -1; // ignored
        session.write(program.tokens(), tokens);
        session.write(program.targets(), targets);
    }

    private List<float[]> parameters(Session session) {
        var all = new ArrayList<float[]>();
        for (Parameter parameter : model.parameters()) {
            TensorSpec spec = parameter.spec();
            for (int slice = 0; slice < spec.slices(); slice++) {
                all.add(session.readFloats(spec, slice));
            }
        }
        return all;
    }

    @Test
    void tenStepsFollowTheReference() {
        try (Session reference = open(Backends.named("reference"));
                Session device = open(new TornadoBackend())) {
            for (int i = 0; i < 10; i++) {
                assertArrayEquals(step(reference, i), step(device, i), 1e-5f, "step " + i);
            }
        }
    }

    @Test
    void evaluationSharesTheWeightsThatTrainingChanged() {
        try (Session reference = open(Backends.named("reference"));
                Session device = open(new TornadoBackend())) {
            for (Session session : List.of(reference, device)) {
                step(session, 0);
                write(session, evaluate, new Random(1));
                session.run("evaluate");
            }
            assertEquals(
                    reference.readFloats(evaluate.loss())[0],
                    device.readFloats(evaluate.loss())[0],
                    1e-5f);
        }
    }

    @Test
    void equalStepsGiveEqualBits() {
        try (Session first = open(new TornadoBackend());
                Session second = open(new TornadoBackend())) {
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(step(first, i), step(second, i));
            }
            List<float[]> expected = parameters(first);
            List<float[]> actual = parameters(second);
            for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i), actual.get(i));
            }
        }
    }

    @Test
    void gradientCheckpointingTakesLessMemoryAndGivesEqualBits() {
        var backend = new TornadoBackend();
        LossProgram kept = accumulate;
        LossProgram again = kept.after(new GradientCheckpointing());
        List<Program> programs = List.of(again.program(), evaluate.program(), update.program());
        long planned = backend.plan(List.of(kept.program())).bytes(Role.ACTIVATION);
        assertTrue(backend.plan(List.of(again.program())).bytes(Role.ACTIVATION) < planned);
        try (Session first = open(backend)) {
            accumulate = again;
            try (Session second = open(backend)) {
                assertEquals(backend.plan(programs).bytes(), second.allocatedBytes());
                for (int i = 0; i < 2; i++) {
                    assertArrayEquals(step(first, i), step(second, i));
                }
                List<float[]> expected = parameters(first);
                List<float[]> actual = parameters(second);
                for (int i = 0; i < expected.size(); i++) {
                    assertArrayEquals(expected.get(i), actual.get(i));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void gradientThatIsNotFiniteLeavesTheStateUntouched(float value) {
        try (Session device = open(new TornadoBackend())) {
            step(device, 0);
            List<float[]> before = state(device);
            write(device, accumulate, new Random(9));
            device.run("accumulate");
            TensorSpec bias = model.parameters().getLast().spec();
            float[] broken = device.readFloats(Autodiff.gradient(bias), 0);
            broken[0] = value;
            device.write(Autodiff.gradient(bias), 0, MemorySegment.ofArray(broken));
            device.run("update");
            assertEquals(0f, device.readFloats(update.scale())[0]);
            List<float[]> after = state(device);
            for (int i = 0; i < before.size(); i++) {
                assertArrayEquals(before.get(i), after.get(i));
            }
        }
    }

    /// Weights, and the optimizer's moments of them.
    private List<float[]> state(Session session) {
        List<float[]> all = parameters(session);
        for (TensorSpec moment : Trainable.of(model).moments()) {
            for (int slice = 0; slice < moment.slices(); slice++) {
                all.add(session.readFloats(moment, slice));
            }
        }
        return all;
    }

    /// What the host writes between runs reaches the device, whichever layer it is.
    @Test
    void weightsWrittenAfterARunAreRead() {
        try (Session device = open(new TornadoBackend());
                Session other = open(new TornadoBackend())) {
            step(device, 0);
            step(other, 0);
            step(other, 1);
            for (Parameter parameter : model.parameters()) {
                TensorSpec spec = parameter.spec();
                for (int slice = 0; slice < spec.slices(); slice++) {
                    float[] values = other.readFloats(spec, slice);
                    device.write(spec, slice, MemorySegment.ofArray(values));
                    assertArrayEquals(values, device.readFloats(spec, slice), spec.name());
                }
            }
            for (Session session : List.of(device, other)) {
                write(session, evaluate, new Random(1));
                session.run("evaluate");
            }
            assertArrayEquals(
                    other.readFloats(evaluate.loss()), device.readFloats(evaluate.loss()));
        }
    }

    /// Gradients, moments and activations start as zeros, which the device writes itself.
    @Test
    void onlyWeightsAreBroughtToTheDevice() {
        long weights = model.parameters().stream().mapToLong(p -> p.spec().elements() * 4).sum();
        try (Session device = open(new TornadoBackend(), ExecutionOptions.DEFAULT.profiled())) {
            step(device, 0);
            long sent = device.profile().orElseThrow().sentBytes();
            assertTrue(sent < 1.5 * weights, sent + " bytes sent, weights have " + weights);
            assertTrue(sent >= weights, "sent " + sent);
        }
    }

    @Test
    void aFirstStepIsToldFromLaterOnes() {
        try (Session device = open(new TornadoBackend(), ExecutionOptions.DEFAULT.profiled())) {
            step(device, 0);
            Profile first = device.profile().orElseThrow();
            assertTrue(first.compileNanos() > 0, first.once());
            assertTrue(first.compileNanos() <= first.wallNanos(), first.once());
            step(device, 1);
            Profile later = device.profile().orElseThrow();
            assertEquals(0, later.compileNanos(), later.once());
        }
    }

    @Test
    void whatIsAllocatedWasPlanned() {
        var backend = new TornadoBackend();
        var programs = List.of(accumulate.program(), evaluate.program(), update.program());
        try (Session session = backend.open(programs)) {
            assertEquals(backend.plan(programs).bytes(), session.allocatedBytes());
        }
    }

    /// A device that reads out of bounds says nothing, so the host looks first.
    @Test
    void tokenBeyondTheVocabularyIsRefused() {
        try (Session device = open(new TornadoBackend())) {
            int[] tokens = new int[BATCH * POSITIONS];
            tokens[3] = VOCABULARY;
            device.write(accumulate.tokens(), tokens);
            var refused =
                    assertThrows(IllegalArgumentException.class, () -> device.run("accumulate"));
            assertTrue(refused.getMessage().contains("element 3"), refused.getMessage());
            assertTrue(refused.getMessage().contains("19"), refused.getMessage());
        }
    }
}
