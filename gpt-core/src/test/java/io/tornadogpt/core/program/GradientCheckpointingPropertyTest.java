package io.tornadogpt.core.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.Values;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Gradient checkpointing of models of all sizes.
class GradientCheckpointingPropertyTest {
    private static final ReferenceBackend REFERENCE = new ReferenceBackend();
    private static final int VOCABULARY = 7;

    @Property(tries = 40, seed = "20261122")
    void gradientsAreTheSameToTheLastBit(
            @ForAll @IntRange(min = 1, max = 5) int layers,
            @ForAll @IntRange(min = 1, max = 3) int heads,
            @ForAll @IntRange(min = 1, max = 5) int headSize,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 7) int positions,
            @ForAll boolean bias,
            @ForAll boolean tied,
            @ForAll boolean dropout) {
        double probability = dropout ? 0.3 : 0;
        int channels = heads * headSize;
        var config =
                new GptConfig(
                        layers,
                        heads,
                        channels,
                        positions,
                        VOCABULARY,
                        bias,
                        probability,
                        tied,
                        Activation.Function.GELU_TANH,
                        1e-5);
        var model = new Model(config);
        LossProgram kept = model.accumulate(batch, positions);
        LossProgram again = kept.after(new GradientCheckpointing());
        List<double[]> expected = gradients(model, kept);
        List<double[]> actual = gradients(model, again);
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i));
        }
        assertTrue(activations(again.program()) <= activations(kept.program()));
        Program fused = Fusion.all().apply(again.program());
        MemoryPlanPropertyTest.checkNoOverlap(again.program());
        MemoryPlanPropertyTest.checkNoOverlap(fused);
        assertEquals(List.of(), stacksOtherThanTheResidual(again.program()));
    }

    private static long activations(Program program) {
        return REFERENCE.plan(List.of(program)).bytes(Role.ACTIVATION);
    }

    private static List<String> stacksOtherThanTheResidual(Program program) {
        return program.specs().stream()
                .filter(spec -> spec.role() == Role.ACTIVATION && spec.stacked())
                .map(TensorSpec::name)
                .filter(name -> !name.equals("residual") && !name.equals("d.residual"))
                .toList();
    }

    /// The loss and all gradients of two micro-batches.
    private static List<double[]> gradients(Model model, LossProgram loss) {
        var results = new ArrayList<double[]>();
        try (var session = REFERENCE.open(List.of(loss.program()))) {
            long planned = REFERENCE.plan(List.of(loss.program())).bytes();
            assertEquals(planned, session.allocatedBytes());
            for (Parameter parameter : model.parameters()) {
                TensorSpec spec = parameter.spec();
                int count = Math.toIntExact(spec.shape().elements());
                for (int slice = 0; slice < spec.slices(); slice++) {
                    var values = new Values.Normal(0, 0.5);
                    session.write(
                            spec,
                            slice,
                            values.elements(DType.F32, count, 1, spec.sliceName(slice)));
                }
            }
            session.write(loss.positions(), loss.everyPosition());
            session.write(loss.gradientScale(), 0.5f);
            for (int micro = 0; micro < 2; micro++) {
                session.write(loss.tokens(), ids(loss.tokens(), micro));
                session.write(loss.targets(), ids(loss.targets(), micro));
                if (model.architecture().dropout().any()) {
                    session.write(loss.rng(), 1, 2, 3, micro);
                }
                session.run(loss.program().name());
                results.add(session.readDoubles(loss.loss(), 0));
            }
            for (Parameter parameter : model.parameters()) {
                TensorSpec gradient = Autodiff.gradient(parameter.spec());
                for (int slice = 0; slice < gradient.slices(); slice++) {
                    results.add(session.readDoubles(gradient, slice));
                }
            }
        }
        return results;
    }

    private static int[] ids(TensorSpec spec, int seed) {
        var values = new Values.Integers(0, VOCABULARY);
        int count = Math.toIntExact(spec.elements());
        return values.elements(DType.I32, count, seed, spec.name()).toArray(ValueLayout.JAVA_INT);
    }

    @Property(tries = 150, seed = "20261122")
    void unstackedProgramsComputeTheSame(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 4) int segments,
            @ForAll @IntRange(min = 1, max = 12) int ops) {
        Program program = RandomPrograms.draw(seed, segments, ops);
        Program unstacked = new Unstacking().apply(program);
        assertArrayEquals(
                MemoryPlanPropertyTest.outputs(program), MemoryPlanPropertyTest.outputs(unstacked));
        MemoryPlanPropertyTest.checkNoOverlap(unstacked);
        assertEquals(activations(program), activations(unstacked));
    }
}
