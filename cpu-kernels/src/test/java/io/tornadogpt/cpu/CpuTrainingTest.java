package io.tornadogpt.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.GptModel;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Parameter;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.op.AdamW;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A small GPT with biases and dropout, trained on random tokens.
class CpuTrainingTest {
    private static final Backend CPU = Backends.named("cpu");
    private static final int BATCH = 3;
    private static final int POSITIONS = 19;
    private static final int VOCABULARY = 13;
    private static final GptConfig CONFIG =
            new GptConfig(2, 2, 24, POSITIONS, VOCABULARY, true, 0.1);

    /// Losses, gradient norms and the weights after a few steps.
    private static List<float[]> train(Backend backend, int threads, int steps) {
        var model = new GptModel(CONFIG);
        LossProgram accumulate = model.accumulate(BATCH, POSITIONS);
        UpdateProgram update = model.update(new AdamW.Settings(0.9, 0.99, 1e-8, 0.1), 1.0);
        var results = new ArrayList<float[]>();
        try (Session session =
                backend.open(
                        List.of(accumulate.program(), update.program()),
                        new ExecutionOptions(threads))) {
            model.initialize(session, 7);
            session.write(accumulate.positions(), accumulate.everyPosition());
            session.write(accumulate.lossScale(), 0.5f);
            var random = new Random(11);
            for (int step = 1; step <= steps; step++) {
                for (int microBatch = 0; microBatch < 2; microBatch++) {
                    session.write(accumulate.tokens(), tokens(random));
                    session.write(accumulate.targets(), tokens(random));
                    session.write(accumulate.rng(), 5, 0, step, microBatch);
                    session.run("accumulate");
                    results.add(session.readFloats(accumulate.loss()));
                }
                session.write(update.schedule(), update.schedule(1e-2, step));
                session.run("update");
                results.add(session.readFloats(update.norm()));
            }
            for (Parameter parameter : model.parameters()) {
                for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                    results.add(session.readFloats(parameter.spec(), slice));
                }
            }
        }
        return results;
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
            List<float[]> several = train(CPU, threads, 4);
            assertEquals(one.size(), several.size());
            for (int i = 0; i < one.size(); i++) {
                assertArrayEquals(one.get(i), several.get(i), threads + " threads, result " + i);
            }
        }
    }

    @Test
    void aBatchIsOverfitted() {
        var config = new GptConfig(2, 2, 24, POSITIONS, VOCABULARY, false, 0);
        var model = new GptModel(config);
        LossProgram accumulate = model.accumulate(BATCH, POSITIONS);
        UpdateProgram update = model.update(new AdamW.Settings(0.9, 0.99, 1e-8, 0), 1.0);
        try (Session session = CPU.open(List.of(accumulate.program(), update.program()))) {
            model.initialize(session, 1);
            var random = new Random(3);
            session.write(accumulate.tokens(), tokens(random));
            session.write(accumulate.targets(), tokens(random));
            session.write(accumulate.positions(), accumulate.everyPosition());
            session.write(accumulate.lossScale(), 1f);
            session.run("accumulate");
            float first = session.readFloats(accumulate.loss())[0];
            assertEquals(Math.log(VOCABULARY), first, 0.05);
            for (int step = 1; step <= 250; step++) {
                session.write(update.schedule(), update.schedule(1e-2, step));
                session.run("update");
                session.run("accumulate");
            }
            float last = session.readFloats(accumulate.loss())[0];
            assertTrue(last < 0.01, "loss " + last);
        }
    }
}
