package io.tornadogpt.core.testing;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The check must see what is wrong, so most of these backends are.
class OpCheckTest {
    private static final long FEW_FLOPS = 2_000_000;
    private static final OpCase SOFTMAX = OpCases.named("Softmax rows=5 columns=7 #1");

    @TestFactory
    Stream<DynamicTest> referenceTouchesNothingButItsOutputs() {
        return OpCases.selected().stream()
                .filter(c -> c.op().flops() <= FEW_FLOPS)
                .map(
                        c ->
                                dynamicTest(
                                        c.toString(),
                                        () -> OpCheck.run(new ReferenceBackend(), c).verify()));
    }

    @Test
    void resultThatIsOffIsWrong() {
        OpCheck.Report report = OpCheck.run(broken("out", 1, 3, x -> x + 1e-5f), SOFTMAX);
        assertEquals(OpCheck.Report.Status.WRONG, report.status());
        String message = assertThrows(AssertionError.class, report::verify).getMessage();
        assertTrue(message.startsWith("Softmax rows=5 columns=7 #1 on broken: wrong\n  out@1: "));
        assertTrue(message.contains("element 3 is "), message);
    }

    @Test
    void resultWithinTheToleranceIsRight() {
        Backend almost = broken("out", 1, 3, Math::nextUp);
        assertDoesNotThrow(() -> OpCheck.run(almost, SOFTMAX).verify());
    }

    @Test
    void elementLeftUnwrittenIsWrong() {
        assertWrong(broken("out", 1, 34, x -> Float.NaN), "out@1: error Infinity");
    }

    @Test
    void writeBesideTheOutputIsWrong() {
        assertWrong(broken("out", 2, 0, x -> 0f), "out@2 is not written, but element 0 changed");
        assertWrong(broken("out", 0, 34, x -> 0f), "out@0 is not written, but element 34 changed");
    }

    @Test
    void changedInputIsWrong() {
        assertWrong(broken("x", 1, 6, x -> -x), "x@1 is not written, but element 6 changed");
    }

    @Test
    void operationThatIsNotSupportedIsNeitherRightNorWrong() {
        var nothing =
                new Broken("", 0, 0, x -> x) {
                    @Override
                    public boolean supports(Op op) {
                        return false;
                    }
                };
        OpCheck.Report report = OpCheck.run(nothing, SOFTMAX);
        assertEquals(OpCheck.Report.Status.UNSUPPORTED, report.status());
        assertThrows(AssertionError.class, report::verify);
    }

    @Test
    void bitThatDependsOnTheOptionsIsWrong() {
        var options = List.of(new ExecutionOptions(1), new ExecutionOptions(4));
        var reference = new ReferenceBackend();
        assertDoesNotThrow(() -> OpCheck.sameBits(reference, options, SOFTMAX).verify());
        Backend careless =
                new Broken("out", 1, 3, Math::nextUp) {
                    @Override
                    public Session open(List<Program> programs, ExecutionOptions options) {
                        return options.threads() == 1
                                ? reference.open(programs, options)
                                : super.open(programs, options);
                    }
                };
        OpCheck.Report report = OpCheck.sameBits(careless, options, SOFTMAX);
        assertEquals(
                "Softmax rows=5 columns=7 #1 on broken: wrong\n  out@1 differs at element 3 between"
                        + " ExecutionOptions[threads=1, profile=false] and"
                        + " ExecutionOptions[threads=4, profile=false]",
                report.toString());
    }

    @Test
    void runThatDiffersInItsLastBitIsFound() {
        int[] runs = {0};
        Backend third = broken("out", 1, 3, x -> ++runs[0] == 3 ? Math.nextUp(x) : x);
        OpCheck.Report report = OpCheck.repeat(third, SOFTMAX, 3);
        assertTrue(
                report.toString().contains("out@1: element 3 of run 3 differs"), report::toString);
        assertDoesNotThrow(OpCheck.repeat(new ReferenceBackend(), SOFTMAX, 3)::verify);
    }

    @Test
    void repeatedRunsAddToTheSameValues() {
        OpCase sum = OpCases.named("AddBias.Backward rows=3 columns=7 #1");
        assertDoesNotThrow(OpCheck.repeat(new ReferenceBackend(), sum, 3)::verify);
    }

    private static void assertWrong(Backend backend, String expected) {
        OpCheck.Report report = OpCheck.run(backend, SOFTMAX);
        assertTrue(report.toString().contains(expected), report::toString);
    }

    private static Backend broken(String tensor, int slice, int element, Damage damage) {
        return new Broken(tensor, slice, element, damage);
    }

    private interface Damage {
        float apply(float value);
    }

    /// The reference, which changes one element after each run.
    private static class Broken implements Backend {
        private final Backend reference = new ReferenceBackend();
        private final String tensor;
        private final int slice;
        private final int element;
        private final Damage damage;

        Broken(String tensor, int slice, int element, Damage damage) {
            this.tensor = tensor;
            this.slice = slice;
            this.element = element;
            this.damage = damage;
        }

        @Override
        public String name() {
            return "broken";
        }

        @Override
        public String description() {
            return "changes one element";
        }

        @Override
        public boolean supports(Op op) {
            return true;
        }

        @Override
        public Session open(List<Program> programs, ExecutionOptions options) {
            Session session = reference.open(programs, options);
            TensorSpec spec =
                    programs.getFirst().specs().stream()
                            .filter(s -> s.name().equals(tensor))
                            .findFirst()
                            .orElseThrow();
            return new DamagedSession(session, s -> change(s, spec));
        }

        private void change(Session session, TensorSpec spec) {
            float[] values = session.readFloats(spec, slice);
            values[element] = damage.apply(values[element]);
            session.write(spec, slice, MemorySegment.ofArray(values));
        }
    }

    private record DamagedSession(Session session, Consumer<Session> damage) implements Session {
        @Override
        public void run(String program) {
            session.run(program);
            damage.accept(session);
        }

        @Override
        public void write(TensorSpec tensor, int slice, MemorySegment values) {
            session.write(tensor, slice, values);
        }

        @Override
        public void read(TensorSpec tensor, int slice, MemorySegment values) {
            session.read(tensor, slice, values);
        }

        @Override
        public long allocatedBytes() {
            return session.allocatedBytes();
        }

        @Override
        public void close() {
            session.close();
        }
    }
}
