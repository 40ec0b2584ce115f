package io.tornadogpt.trainer.loop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.trainer.data.Batches;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// A number that is not finite changes no weight, and is found.
class NumericFaultTest {
    private static final TrainConfig CONFIG =
            TrainConfig.defaults()
                    .with(
                            "batchSize=2",
                            "blockSize=8",
                            "steps=40",
                            "warmupSteps=0",
                            "schedule=constant",
                            "gradAccumulation=2",
                            "evalInterval=0",
                            "checkpointInterval=0",
                            "sampleInterval=0");

    private final Model model = new Model(new GptConfig(3, 2, 8, 8, 11, true, 0.1).model());

    /// Counts nothing and validates nothing.
    private static final TextTask TASK =
            new TextTask(TrainingData.of(CharTokenizer.train("abc"), "abcabcabcabcabcabcabc"));

    private final Batches batches =
            Batches.random(
                    Tokens.of(IntStream.range(0, 200).map(i -> i * i % 11).toArray()),
                    CONFIG.batchSize(),
                    CONFIG.blockSize(),
                    3);

    /// Everything that a fault must leave alone.
    private static List<float[]> state(Session session, Model model, Trainable trainable) {
        var all = new ArrayList<float[]>();
        for (TensorSpec spec : specs(model, trainable)) {
            for (int slice = 0; slice < spec.slices(); slice++) {
                all.add(session.readFloats(spec, slice));
            }
        }
        return all;
    }

    private static List<TensorSpec> specs(Model model, Trainable trainable) {
        var specs = new ArrayList<TensorSpec>();
        model.parameters().forEach(parameter -> specs.add(parameter.spec()));
        specs.addAll(trainable.moments());
        return specs;
    }

    private static void assertSameBits(List<float[]> expected, List<float[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(bits(expected.get(i)), bits(actual.get(i)), "tensor " + i);
        }
    }

    private static int[] bits(float[] values) {
        var bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    private TensorSpec parameter(String part) {
        return model.parameters().stream()
                .map(p -> p.spec())
                .filter(spec -> spec.name().contains(part))
                .findFirst()
                .orElseThrow();
    }

    /// Where the number is put: in a weight that is read, in one that overflows what it is
    /// multiplied with, in a gradient.
    @ParameterizedTest
    @CsvSource({
        "cpu, NaN",
        "cpu, Infinity",
        "cpu, 3e38",
        "reference, NaN",
        "reference, Infinity",
    })
    void weightsAndMomentsKeepTheirBits(String device, float value) {
        TrainingPrograms programs = TrainingPrograms.of(model, CONFIG, false);
        Backend backend = Backends.named(device);
        try (Session session = backend.open(programs.programs())) {
            model.initialize(session, 5);
            var step = new TrainingStep(session, programs, batches, 2, 5);
            assertTrue(step.run(0, 1e-3, () -> false).orElseThrow().updated());
            TensorSpec weight = parameter("mlp.c_fc.weight");
            float[] good = session.readFloats(weight, 1);
            float[] bad = good.clone();
            bad[3] = value;
            if (value == 3e38f) {
                java.util.Arrays.fill(bad, value);
            }
            session.writeFloats(weight, 1, bad);
            List<float[]> before = state(session, model, programs.trainable());
            TrainingStep.Result failed = step.run(1, 1e-3, () -> false).orElseThrow();
            assertFalse(failed.updated(), failed.toString());
            assertSameBits(before, state(session, model, programs.trainable()));

            var finder =
                    new FaultFinder(
                            backend,
                            ExecutionOptions.DEFAULT,
                            model,
                            programs,
                            session,
                            batches,
                            5);
            String found = finder.find(1, 2).orElseThrow();
            assertTrue(found.contains("of layer 1"), found);
            assertEquals(value != 3e38f, found.contains("mlp.c_fc.weight"), found);

            // Nothing of the failed step is left: the next one is as if it had not been.
            session.writeFloats(weight, 1, good);
            TrainingStep.Result next = step.run(2, 1e-3, () -> false).orElseThrow();
            assertTrue(next.updated(), next.toString());
            assertEquals(Optional.empty(), finder.find(2, 2));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void gradientThatIsNotFiniteChangesNothing(float value) {
        TrainingPrograms programs = TrainingPrograms.of(model, CONFIG, false);
        try (Session session = Backends.named("cpu").open(programs.programs())) {
            model.initialize(session, 5);
            TensorSpec gradient = programs.trainable().gradientSpecs().getLast();
            var poison =
                    new GradientExchange() {
                        @Override
                        public void accumulated(
                                Session in, List<TensorSpec> gradients, int microBatch) {
                            float[] values = in.readFloats(gradient, 0);
                            values[0] = value;
                            in.writeFloats(gradient, 0, values);
                        }
                    };
            var step = new TrainingStep(session, programs, batches, 2, 5, poison);
            List<float[]> before = state(session, model, programs.trainable());
            TrainingStep.Result result = step.run(0, 1e-3, () -> false).orElseThrow();
            assertEquals(TrainingStep.Outcome.GRADIENT_NOT_FINITE, result.outcome());
            assertSameBits(before, state(session, model, programs.trainable()));
        }
    }

    /// Step number and data go on, the event stands in the metrics, and training goes on as soon as
    /// numbers are finite again; five in a row end it.
    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void fiveInARowEndTheRunAndFourDoNot(int faults) throws IOException {
        TrainingPrograms programs = TrainingPrograms.of(model, CONFIG, false);
        try (Session session = Backends.named("cpu").open(programs.programs())) {
            model.initialize(session, 5);
            TensorSpec weight = parameter("wpe");
            float[] good = session.readFloats(weight, 0);
            var metrics = new ArrayList<StepMetrics>();
            var recorder =
                    new TrainingLoop.Recorder() {
                        private List<float[]> before;

                        @Override
                        public void step(StepMetrics step) {
                            metrics.add(step);
                            if (step.step() == 3) {
                                float[] bad = good.clone();
                                bad[0] = Float.NaN;
                                session.writeFloats(weight, 0, bad);
                                before = state(session, model, programs.trainable());
                            } else if (step.step() == 3 + faults) {
                                assertSameBits(before, state(session, model, programs.trainable()));
                                session.writeFloats(weight, 0, good);
                            }
                        }

                        @Override
                        public void best(double loss) {}

                        @Override
                        public boolean sample(int step) {
                            return true;
                        }

                        @Override
                        public void save(TrainingLoop.Position position, boolean failing) {}
                    };
            var loop =
                    new TrainingLoop(
                            session,
                            CONFIG,
                            programs,
                            TASK,
                            batches,
                            5,
                            recorder,
                            new TrainingLoop.Position(0, null));
            if (faults == 5) {
                var e = assertThrows(DivergedException.class, () -> loop.run(() -> false));
                assertEquals(3, e.goodSteps());
                assertEquals(8, metrics.size());
                return;
            }
            assertEquals(40, loop.run(() -> false).step());
            assertEquals(40, metrics.size());
            assertEquals(
                    List.of(4, 5, 6, 7),
                    metrics.stream()
                            .filter(m -> m.skipped() != null)
                            .map(StepMetrics::step)
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 6})
    void lossSpikeIsSkippedWhereThatIsAskedFor(double deviations) throws IOException {
        TrainConfig config =
                CONFIG.with(
                        "lossSpikeSkip=" + deviations,
                        "learningRate=1e-6",
                        "minLearningRate=1e-6",
                        "gradNormAlarm=3");
        TrainingPrograms programs = TrainingPrograms.of(model, config, false);
        try (Session session = Backends.named("cpu").open(programs.programs())) {
            model.initialize(session, 5);
            TensorSpec weight = parameter("ln_f.weight");
            float[] good = session.readFloats(weight, 0);
            var skipped = new ArrayList<Integer>();
            var alarms = new ArrayList<Integer>();
            var recorder =
                    new TrainingLoop.Recorder() {
                        @Override
                        public void step(StepMetrics step) {
                            if (step.skipped() != null) {
                                skipped.add(step.step());
                            }
                            float[] values = good.clone();
                            if (step.step() == 30) {
                                for (int i = 0; i < values.length; i++) {
                                    values[i] *= 400;
                                }
                            }
                            session.writeFloats(weight, 0, values);
                        }

                        @Override
                        public void alarm(StepMetrics metrics, double multiple) {
                            assertTrue(multiple > 3);
                            alarms.add(metrics.step());
                        }

                        @Override
                        public void best(double loss) {}

                        @Override
                        public boolean sample(int step) {
                            return true;
                        }

                        @Override
                        public void save(TrainingLoop.Position position, boolean failing) {}
                    };
            new TrainingLoop(
                            session,
                            config,
                            programs,
                            TASK,
                            batches,
                            5,
                            recorder,
                            new TrainingLoop.Position(0, null))
                    .run(() -> false);
            assertEquals(deviations == 0 ? List.of() : List.of(31), skipped);
            assertEquals(deviations == 0 ? List.of(31) : List.of(), alarms);
        }
    }
}
