package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.model.objective.TokenPrediction;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Fusion;
import io.tornadogpt.core.program.GradientCheckpointing;
import io.tornadogpt.core.program.MemoryPlan;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.reference.ReferenceSession;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

class TrainableTest {
    private static final AdamW.Settings ADAM = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1);
    private static final BatchForm FORM = BatchForm.full(2, 8);
    private static final List<ModelConfig> MODELS =
            List.of(TinyModels.GPT2_OF_THREE_LAYERS, TinyModels.LLAMA);

    @Test
    void gradientsOfWhatIsTrainedAreThoseOfTrainingEverything() {
        for (ModelConfig config : MODELS) {
            var model = new Model(config);
            Map<String, double[]> all = gradients(model, Trainable.all(model));
            for (String trained :
                    List.of(".2.", ".1.", ".[01].", "norm|ln_", "embed|wte", "lm_head|wte")) {
                String pattern = ".*(" + trained + ").*";
                Map<String, double[]> some =
                        gradients(model, Trainable.where(model, name -> name.matches(pattern)));
                assertFalse(some.isEmpty());
                some.forEach(
                        (name, gradient) ->
                                assertArrayEquals(all.get(name), gradient, 1e-12, name));
            }
        }
    }

    private static Map<String, double[]> gradients(Model model, Trainable trainable) {
        LossProgram plain = accumulate(model, trainable);
        Map<String, double[]> gradients = gradients(model, trainable, plain);
        Map<String, double[]> fused =
                gradients(
                        model,
                        trainable,
                        plain.after(new GradientCheckpointing()).after(Fusion.all()));
        gradients.forEach((name, g) -> assertArrayEquals(g, fused.get(name), 1e-12, name));
        return gradients;
    }

    private static LossProgram accumulate(Model model, Trainable trainable) {
        return model.accumulate("accumulate", TokenPrediction.PLAIN, FORM, trainable);
    }

    private static Map<String, double[]> gradients(
            Model model, Trainable trainable, LossProgram program) {
        return Runs.gradients(
                model,
                trainable,
                program,
                session -> {
                    write(session, program);
                    session.run("accumulate");
                });
    }

    private static void write(Session session, LossProgram program) {
        session.write(program.tokens(), Runs.ids(16, 11, "tokens"));
        session.write(program.targets(), Runs.ids(16, 11, "targets"));
        session.write(program.positions(), program.everyPosition());
        session.write(program.gradientScale(), 1f / 16);
    }

    @Test
    void nothingIsDifferentiatedBelowTheHead() {
        var model = new Model(TinyModels.LLAMA);
        LossProgram program =
                accumulate(model, Trainable.where(model, name -> name.startsWith("lm_head")));
        List<String> segments =
                program.program().segments().stream().map(segment -> segment.name()).toList();
        assertEquals(List.of("embed", "blocks", "head", "d.head"), segments);
        for (Parameter parameter : model.parameters()) {
            boolean head = parameter.spec().name().startsWith("lm_head");
            assertEquals(head, Runs.differentiates(program, parameter), parameter.toString());
        }
        assertTrue(
                program.program().specs().stream()
                        .filter(spec -> spec.role() == Role.ACTIVATION)
                        .noneMatch(spec -> spec.name().startsWith("d.residual")));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void frozenLayersTakeNeitherGradientsNorOptimizerState(int frozen) {
        for (ModelConfig config : MODELS) {
            var model = new Model(config);
            Trainable all = Trainable.all(model);
            Trainable some =
                    Trainable.where(
                            model,
                            name -> name.matches(".*\\.(\\d+)\\..*") && layer(name) >= frozen);
            MemoryPlan whole = plan(model, all);
            MemoryPlan part = plan(model, some);
            long expected =
                    model.parameters().stream()
                            .filter(p -> p.spec().stacked())
                            .mapToLong(p -> p.spec().shape().elements() * (3 - frozen))
                            .sum();
            assertEquals(expected, some.elements());
            assertTrue(part.bytes(Role.GRADIENT) < whole.bytes(Role.GRADIENT));
            assertTrue(part.bytes(Role.OPTIMIZER) < whole.bytes(Role.OPTIMIZER));
            assertTrue(part.bytes(Role.ACTIVATION) <= whole.bytes(Role.ACTIVATION));
            assertTrue(flops(model, some) < flops(model, all) || frozen == 0);
        }
    }

    private static int layer(String name) {
        return Arrays.stream(name.split("\\.", -1))
                .filter(part -> part.matches("\\d+"))
                .mapToInt(Integer::parseInt)
                .findFirst()
                .orElse(-1);
    }

    private static MemoryPlan plan(Model model, Trainable trainable) {
        return MemoryPlan.of(
                List.of(
                        accumulate(model, trainable).program(),
                        model.update("update", trainable, ADAM, 1).program()));
    }

    private static long flops(Model model, Trainable trainable) {
        return accumulate(model, trainable).program().flops();
    }

    @Test
    void updateChangesWhatIsTrainedAndNothingElse() {
        var model = new Model(TinyModels.GPT2_OF_THREE_LAYERS);
        Trainable some = Trainable.where(model, name -> name.contains("h.2."));
        LossProgram accumulate = accumulate(model, some);
        UpdateProgram update = model.update("update", some, ADAM, 1);
        List<Program> programs = List.of(accumulate.program(), update.program());
        try (var session = new ReferenceBackend().open(programs)) {
            Runs.large(model, session);
            Map<String, double[]> before = weights(model, session);
            write(session, accumulate);
            session.run("accumulate");
            update.writeSchedule(session, 0.1, 1);
            session.run("update");
            weights(model, session)
                    .forEach(
                            (name, after) ->
                                    assertEquals(
                                            name.contains("h.2."),
                                            !Arrays.equals(after, before.get(name)),
                                            name));
        }
    }

    private static Map<String, double[]> weights(Model model, ReferenceSession session) {
        var weights = new TreeMap<String, double[]>();
        for (Parameter parameter : model.parameters()) {
            TensorSpec spec = parameter.spec();
            for (int slice = 0; slice < spec.slices(); slice++) {
                weights.put(spec.sliceName(slice), session.readDoubles(spec, slice));
            }
        }
        return weights;
    }

    @Test
    void learningRatesAreScaledByParameter() {
        var model = new Model(TinyModels.GPT2_OF_THREE_LAYERS);
        var scaled =
                new Trainable(
                        Trainable.all(model).parameters().stream()
                                .map(
                                        t ->
                                                t.parameter().spec().name().contains("wte")
                                                        ? t.withRateScale(0).withDecay(false)
                                                        : t)
                                .toList());
        UpdateProgram update = model.update("update", scaled, ADAM, 0);
        LossProgram accumulate = accumulate(model, scaled);
        try (var session =
                new ReferenceBackend().open(List.of(accumulate.program(), update.program()))) {
            Runs.large(model, session);
            Map<String, double[]> before = weights(model, session);
            write(session, accumulate);
            session.run("accumulate");
            update.writeSchedule(session, 0.1, 1);
            session.run("update");
            Map<String, double[]> after = weights(model, session);
            String still = "transformer.wte.weight";
            String moved = "transformer.wpe.weight";
            assertArrayEquals(before.get(still), after.get(still));
            assertFalse(Arrays.equals(before.get(moved), after.get(moved)));
        }
    }

    @Test
    void layersThatDoNotLieSideBySideAreRefused() {
        var model = new Model(TinyModels.LLAMA);
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Trainable.where(model, name -> name.matches(".*\\.[02]\\..*")));
        assertEquals(
                "model.layers.2.input_layernorm.weight is to be trained and"
                        + " model.layers.1.input_layernorm.weight is not; the trained layers of a"
                        + " weight must lie side by side",
                e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Trainable.where(model, name -> false));
    }

    @Test
    void twoModelsShareASession() {
        var one = new Model(TinyModels.LLAMA);
        Model other = one.withPrefix("other.");
        LossProgram first = one.evaluate(2, 8);
        LossProgram second = other.evaluate(2, 8);
        assertEquals("other.evaluate", second.program().name());
        var programs = List.of(first.program(), second.program());
        try (var session = new ReferenceBackend().open(programs)) {
            one.initialize(session, 1);
            other.initialize(session, 1);
            for (LossProgram program : List.of(first, second)) {
                session.write(program.tokens(), Runs.ids(16, 11, "tokens"));
                session.write(program.targets(), Runs.ids(16, 11, "targets"));
                session.write(program.positions(), program.everyPosition());
                session.run(program.program().name());
            }
            assertEquals(
                    session.readDoubles(first.loss(), 0)[0],
                    session.readDoubles(second.loss(), 0)[0]);
            other.initialize(session, 2);
            session.run("other.evaluate");
            assertTrue(
                    session.readDoubles(first.loss(), 0)[0]
                            != session.readDoubles(second.loss(), 0)[0]);
        }
    }
}
