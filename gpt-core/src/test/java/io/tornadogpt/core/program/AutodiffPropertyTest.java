package io.tornadogpt.core.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.reference.GradientCheck;
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.Values;

import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Gradients of random programs.
class AutodiffPropertyTest {
    /// Sums are the same but for their order.
    private static final double BOUND = 1e-9;

    private static final TensorSpec D_LOSS =
            new TensorSpec("dLoss", Shape.of(1, 1), DType.F32, Role.INPUT);

    /// What crosses segments and layers must arrive as it does where there is one segment only.
    @Property(tries = 120, seed = "20261122")
    void segmentsAndLayersHaveTheGradientsOfTheUnrolledProgram(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 5) int segments,
            @ForAll @IntRange(min = 1, max = 6) int ops) {
        Program forward = withLoss(RandomPrograms.drawDifferentiable(seed, segments, ops));
        double[] expected = gradients(differentiated(unrolled(forward)));
        Assume.that(Arrays.stream(expected).allMatch(g -> Math.abs(g) < 1e9));
        double[] actual = gradients(differentiated(forward));
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], BOUND * Math.max(1, largest), "gradient " + i);
        }
    }

    @Property(tries = 120, seed = "20261122")
    void gradientCheckpointingChangesNoBit(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 5) int segments,
            @ForAll @IntRange(min = 1, max = 8) int ops) {
        Program kept =
                differentiated(withLoss(RandomPrograms.drawDifferentiable(seed, segments, ops)));
        Program again = new GradientCheckpointing().apply(kept);
        assertArrayEquals(gradients(kept), gradients(again));
        MemoryPlanPropertyTest.checkNoOverlap(again);
    }

    private static Program withLoss(Program program) {
        var segments = new ArrayList<>(program.segments());
        for (TensorSpec spec : program.specs()) {
            if (spec.name().equals("small.out")) {
                var ops = new ArrayList<Op>();
                new GradientCheck.WeightedSum(spec.whole()).append(ops::add);
                segments.add(new Segment("sum", 1, false, ops));
            }
        }
        return new Program(program.name(), segments);
    }

    private static Program differentiated(Program forward) {
        Op last = forward.segments().getLast().ops().getLast();
        return Autodiff.gradients(
                forward, last.outputs().getFirst(), D_LOSS.whole(), Autodiff::gradient);
    }

    /// One segment that runs once, with a tensor for each slice.
    private static Program unrolled(Program program) {
        List<Op> ops =
                program.steps().stream()
                        .map(step -> step.op().map(t -> slice(t, step.layer())))
                        .toList();
        return new Program(program.name(), List.of(new Segment("all", 1, false, ops)));
    }

    private static Tensor slice(Tensor tensor, int layer) {
        TensorSpec spec = tensor.spec();
        return spec.role() == Role.ACTIVATION
                ? new TensorSpec(
                                spec.name() + "@" + tensor.sliceAt(layer),
                                spec.shape(),
                                spec.dtype(),
                                spec.role())
                        .whole()
                : tensor;
    }

    /// Those of `small` and `large`, as far as the loss depends on them.
    private static double[] gradients(Program program) {
        try (var session = new ReferenceBackend().open(List.of(program))) {
            for (TensorSpec spec : program.specs()) {
                if (spec.role() == Role.INPUT || spec.role() == Role.PARAMETER) {
                    int count = Math.toIntExact(spec.elements());
                    var values = new Values.Normal(0, 0.5);
                    session.write(spec, 0, values.elements(spec.dtype(), count, 1, spec.name()));
                }
            }
            session.run(program.name());
            return program.specs().stream()
                    .filter(spec -> spec.role() == Role.GRADIENT)
                    .sorted((x, y) -> x.name().compareTo(y.name()))
                    .flatMapToDouble(spec -> Arrays.stream(session.readDoubles(spec, 0)))
                    .toArray();
        }
    }
}
