package io.tornadogpt.core.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.Values;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import java.util.List;

/// The plan of random programs.
class MemoryPlanPropertyTest {
    /// Activations that share memory must compute what activations with memory of their own do; the
    /// reference runs on the plan's arenas and fills them with NaN first.
    @Property(tries = 150, seed = "20261122")
    void sharedMemoryComputesWhatSeparateMemoryDoes(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 4) int segments,
            @ForAll @IntRange(min = 1, max = 12) int ops) {
        Program program = RandomPrograms.draw(seed, segments, ops);
        assertArrayEquals(outputs(separate(program)), outputs(program));
    }

    /// The same program with every activation a tensor that keeps its memory for itself.
    private static Program separate(Program program) {
        return new Program(
                program.name(),
                program.segments().stream()
                        .map(
                                s ->
                                        s.withOps(
                                                s.ops().stream()
                                                        .map(MemoryPlanPropertyTest::keep)
                                                        .toList()))
                        .toList());
    }

    private static Op keep(Op op) {
        return op.map(
                t ->
                        t.spec().role() == Role.ACTIVATION
                                ? t.of(t.spec().as(t.spec().name(), Role.CACHE))
                                : t);
    }

    static float[][] outputs(Program program) {
        try (var session = new ReferenceBackend().open(List.of(program))) {
            for (TensorSpec spec : program.specs()) {
                if (spec.role() == Role.INPUT) {
                    write(session, spec);
                }
            }
            session.run(program.name());
            return program.specs().stream()
                    .filter(spec -> spec.role() == Role.OUTPUT)
                    .sorted((x, y) -> x.name().compareTo(y.name()))
                    .map(session::readFloats)
                    .toArray(float[][]::new);
        }
    }

    private static void write(Session session, TensorSpec spec) {
        int count = Math.toIntExact(spec.elements());
        session.write(spec, 0, Values.normal().elements(spec.dtype(), count, 1, spec.name()));
    }

    @Property(tries = 150, seed = "20261122")
    void slicesThatLiveTogetherLieApart(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 4) int segments,
            @ForAll @IntRange(min = 1, max = 12) int ops) {
        checkNoOverlap(RandomPrograms.draw(seed, segments, ops));
    }

    /// Simulates the program on the plan: every write claims its bytes, and whoever reads must find
    /// the claim of the tensor that it names.
    static void checkNoOverlap(Program program) {
        new Simulation(program).run();
    }

    private static final class Simulation {
        private final Program program;
        private final MemoryPlan plan;
        private final Places places;
        private final Places.Place[] owner;

        Simulation(Program program) {
            this.program = program;
            this.plan = MemoryPlan.of(List.of(program));
            this.places = new Places(program.segments());
            this.owner = new Places.Place[Math.toIntExact(plan.bytes(Role.ACTIVATION) / 4)];
        }

        void run() {
            for (Step step : program.steps()) {
                step.op().inputs().forEach(t -> claim(step, t, false));
                step.op().outputs().forEach(t -> claim(step, t, true));
                // What an operation writes must not lie on what it still reads, unless it may.
                for (Tensor in : step.op().inputs()) {
                    if (!step.op().overwritable().contains(in)) {
                        claim(step, in, false);
                    }
                }
            }
        }

        private void claim(Step step, Tensor tensor, boolean write) {
            if (tensor.spec().role() != Role.ACTIVATION) {
                return;
            }
            long offset = plan.offset(program, tensor, step.layer());
            assertEquals(0, offset % MemoryPlan.ALIGNMENT, tensor::toString);
            Places.Place place = places.of(tensor, step.layer());
            for (long i = offset / 4; i < offset / 4 + tensor.elements(); i++) {
                int at = Math.toIntExact(i);
                if (write) {
                    owner[at] = place;
                } else {
                    assertEquals(place, owner[at], () -> step + " reads " + tensor);
                }
            }
        }
    }
}
