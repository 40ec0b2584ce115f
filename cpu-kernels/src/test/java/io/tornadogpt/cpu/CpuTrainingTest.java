package io.tornadogpt.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.program.GradientCheckpointing;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.program.Pass;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/// A small GPT with biases and dropout, trained on random tokens.
class CpuTrainingTest {
    private static final Backend CPU = Backends.named("cpu");
    private static final int BATCH = 3;
    private static final int POSITIONS = 19;
    private static final int VOCABULARY = 13;
    private static final GptConfig CONFIG =
            new GptConfig(2, 2, 24, POSITIONS, VOCABULARY, true, 0.1);

    private static List<float[]> train(Backend backend, int threads, int steps) {
        return train(backend, threads, steps, CONFIG, program -> program);
    }

    /// Losses, gradients and their norms, and the weights after a few steps of two micro-batches.
    private static List<float[]> train(
            Backend backend, int threads, int steps, GptConfig config, Pass pass) {
        var model = new Model(config);
        LossProgram accumulate = model.accumulate(BATCH, POSITIONS).after(pass);
        UpdateProgram update = model.update(new AdamW.Settings(0.9, 0.99, 1e-8, 0.1), 1.0);
        var results = new ArrayList<float[]>();
        try (Session session =
                backend.open(
                        List.of(accumulate.program(), update.program()),
                        new ExecutionOptions(threads))) {
            model.initialize(session, 7);
            session.write(accumulate.positions(), accumulate.everyPosition());
            session.write(accumulate.gradientScale(), 0.5f / (BATCH * POSITIONS));
            var random = new Random(11);
            for (int step = 1; step <= steps; step++) {
                for (int microBatch = 0; microBatch < 2; microBatch++) {
                    session.write(accumulate.tokens(), tokens(random));
                    session.write(accumulate.targets(), tokens(random));
                    if (config.dropout() > 0) {
                        session.write(accumulate.rng(), 5, 0, step, microBatch);
                    }
                    session.run("accumulate");
                    results.add(session.readFloats(accumulate.loss()));
                }
                var gradients = new ArrayList<float[]>();
                model.parameters()
                        .forEach(p -> read(session, Autodiff.gradient(p.spec()), gradients));
                update.writeSchedule(session, 1e-2, step);
                session.run("update");
                results.add(session.readFloats(update.norm()));
                results.addAll(gradients);
            }
            model.parameters().forEach(p -> read(session, p.spec(), results));
        }
        return results;
    }

    private static void read(Session session, TensorSpec spec, List<float[]> results) {
        for (int slice = 0; slice < spec.slices(); slice++) {
            results.add(session.readFloats(spec, slice));
        }
    }

    private static int[] tokens(Random random) {
        return random.ints(BATCH * POSITIONS, 0, VOCABULARY).toArray();
    }

    @Test
    void gradientsAndLossesFollowTheReference() {
        List<float[]> expected = train(Backends.named("reference"), 1, 1);
        List<float[]> actual = train(CPU, 2, 1);
        for (int i = 0; i < 3; i++) { // two losses and a gradient norm
            assertEquals(expected.get(i)[0], actual.get(i)[0], 2e-6 * expected.get(i)[0]);
        }
    }

    @Test
    void trainingHasTheSameBitsForAnyNumberOfThreads() {
        List<float[]> one = train(CPU, 1, 4);
        for (int threads : new int[] {2, 3, 5}) {
            same(one, train(CPU, threads, 4), threads + " threads");
        }
    }

    private static void same(List<float[]> expected, List<float[]> actual, String what) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), what + ", result " + i);
        }
    }

    @ParameterizedTest(name = "{0}, {1} layers, bias {2}, dropout {3}")
    @CsvSource({
        "cpu, 1, true, 0.1",
        "cpu, 4, true, 0.1",
        "cpu, 3, false, 0",
        "cpu, 2, true, 0",
        "reference, 2, true, 0.1"
    })
    void gradientCheckpointingChangesNoBitOfTenSteps(
            String device, int layers, boolean bias, double dropout) {
        var config = new GptConfig(layers, 2, 24, POSITIONS, VOCABULARY, bias, dropout);
        Backend backend = Backends.named(device);
        List<float[]> kept = train(backend, 2, 10, config, program -> program);
        List<float[]> again = train(backend, 3, 10, config, new GradientCheckpointing());
        same(kept, again, device);
    }

    @Test
    void twelveCheckpointedLayersTakeTheMemoryThatWasPlanned() {
        var model = new Model(new GptConfig(12, 4, 128, 64, 65, false, 0.1));
        LossProgram kept = model.accumulate(4, 64);
        LossProgram again = kept.after(new GradientCheckpointing());
        MemoryUse without = CPU.plan(List.of(kept.program()));
        MemoryUse with = CPU.plan(List.of(again.program()));
        long slice = 4L * 4 * 64 * 128;
        assertTrue(without.bytes(Role.ACTIVATION) > 12 * 16 * slice);
        assertTrue(with.bytes(Role.ACTIVATION) < 34 * slice);
        try (Session session = CPU.open(List.of(again.program()))) {
            assertEquals(with.bytes(), session.allocatedBytes());
        }
    }

    /// What is frozen gets no gradient; the others get the same as if nothing were.
    @Test
    void frozenParametersChangeNothingForTheOthers() {
        var model = new Model(new GptConfig(3, 2, 24, POSITIONS, VOCABULARY, true, 0.1));
        for (String part : List.of("ln_2", ".bias", "c_attn", "wte", "h.*.ln_1.weight")) {
            List<float[]> all = gradients(model, part, parameter -> true);
            same(all, gradients(model, part, p -> p.name().contains(part)), part);
        }
    }

    /// The gradients of the parameters whose names hold a part, of a model where others may be
    /// frozen.
    private static List<float[]> gradients(
            Model model, String part, Predicate<TensorSpec> trainable) {
        LossProgram forward = model.accumulate(BATCH, POSITIONS);
        Program evaluated = new Program("forward", forward.program().segments().subList(0, 3));
        Program program =
                Autodiff.gradients(
                        evaluated,
                        forward.loss().whole(),
                        forward.gradientScale().whole(),
                        spec -> trainable.test(spec) ? Autodiff.gradient(spec) : null);
        var results = new ArrayList<float[]>();
        List<Program> programs = List.of(program, forward.program());
        try (Session session = CPU.open(programs)) {
            model.initialize(session, 7);
            var random = new Random(11);
            session.write(forward.positions(), forward.everyPosition());
            session.write(forward.gradientScale(), 1f / (BATCH * POSITIONS));
            session.write(forward.tokens(), tokens(random));
            session.write(forward.targets(), tokens(random));
            session.write(forward.rng(), 5, 0, 1, 0);
            session.run(program.name());
            for (Parameter parameter : model.parameters()) {
                TensorSpec gradient = Autodiff.gradient(parameter.spec());
                if (parameter.spec().name().contains(part)) {
                    read(session, gradient, results);
                } else if (!trainable.test(parameter.spec())) {
                    assertFalse(program.specs().contains(gradient), gradient.name());
                }
            }
        }
        assertFalse(results.isEmpty());
        return results;
    }

    @Test
    void aBatchIsOverfitted() {
        var config = new GptConfig(2, 2, 24, POSITIONS, VOCABULARY, false, 0);
        var model = new Model(config);
        int targets = BATCH * POSITIONS;
        LossProgram accumulate = model.accumulate(BATCH, POSITIONS);
        UpdateProgram update = model.update(new AdamW.Settings(0.9, 0.99, 1e-8, 0), 1.0);
        try (Session session = CPU.open(List.of(accumulate.program(), update.program()))) {
            model.initialize(session, 1);
            var random = new Random(3);
            session.write(accumulate.tokens(), tokens(random));
            session.write(accumulate.targets(), tokens(random));
            session.write(accumulate.positions(), accumulate.everyPosition());
            session.write(accumulate.gradientScale(), 1f / targets);
            session.run("accumulate");
            float first = session.readFloats(accumulate.loss())[0] / targets;
            assertEquals(Math.log(VOCABULARY), first, 0.05);
            for (int step = 1; step <= 250; step++) {
                update.writeSchedule(session, 1e-2, step);
                session.run("update");
                session.run("accumulate");
            }
            float last = session.readFloats(accumulate.loss())[0] / targets;
            assertTrue(last < 0.01, "loss " + last);
        }
    }
}
