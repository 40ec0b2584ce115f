package io.tornadogpt.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.op.Op;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

class CpuAgainstReferenceTest {
    private static final Backend CPU = Backends.named("cpu");
    private static final Backend REFERENCE = Backends.named("reference");

    /// Bounds max|a-b| / max|b|. The longest sums of the cases have 150 terms, whose rounding
    /// errors come to at most a few units in the last place of the largest.
    private static final double BOUND = 4e-6;

    static List<OpCase> cases() {
        return OpCases.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isCloseToTheReferenceForAnyNumberOfThreads(OpCase opCase) {
        Map<String, float[]> expected = opCase.run(REFERENCE, 1);
        Map<String, float[]> one = opCase.run(CPU, 1);
        expected.forEach((tensor, values) -> assertClose(tensor, values, one.get(tensor)));
        for (int threads : new int[] {2, 3, 7}) {
            Map<String, float[]> several = opCase.run(CPU, threads);
            one.forEach(
                    (tensor, values) ->
                            assertArrayEquals(
                                    values,
                                    several.get(tensor),
                                    "%s with %d threads".formatted(tensor, threads)));
        }
    }

    private static void assertClose(String tensor, float[] expected, float[] actual) {
        double largest = 1e-6;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
            if (!Float.isFinite(expected[i])) {
                assertEquals(expected[i], actual[i], tensor);
                continue;
            }
            double error = Math.abs((double) actual[i] - expected[i]) / largest;
            assertTrue(
                    error <= BOUND,
                    "%s[%d] is %s, expected %s; error %.2g"
                            .formatted(tensor, i, actual[i], expected[i], error));
        }
    }

    @Test
    void everyOperationHasACase() {
        var covered = cases().stream().map(c -> c.op().getClass()).collect(Collectors.toSet());
        for (Class<?> type : Op.class.getPermittedSubclasses()) {
            // its inputs lse and out must fit together, so it has a test of its own
            if (type != io.tornadogpt.core.op.Attention.Backward.class) {
                assertTrue(covered.contains(type), type + " has no case");
            }
        }
    }
}
