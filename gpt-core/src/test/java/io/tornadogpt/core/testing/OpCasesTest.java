package io.tornadogpt.core.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.tensor.DType;

import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

class OpCasesTest {
    @Test
    void everyOperationOfTheSealedSetHasCases() {
        Set<Class<?>> covered =
                OpCases.all().stream().map(c -> c.op().getClass()).collect(Collectors.toSet());
        assertEquals(OpCases.kinds(), covered);
    }

    @Test
    void namesSelectOneCaseEach() {
        Set<String> names = new HashSet<>();
        for (OpCase c : OpCases.all()) {
            assertTrue(names.add(c.name()), c.name());
        }
        OpCase some = OpCases.of(Softmax.class).get(3).withSeed(17);
        assertEquals(some, OpCases.named(some.toString()));
        var e = assertThrows(IllegalArgumentException.class, () -> OpCases.named("Nothing #1"));
        assertEquals("no op case 'Nothing #1'", e.getMessage());
    }

    @Test
    void valuesAreAFunctionOfSeedAndName() {
        int[] once = ints(new Values.Integers(-5, 100), 1, "a");
        assertTrue(Arrays.equals(once, ints(new Values.Integers(-5, 100), 1, "a")));
        assertNotEquals(
                Arrays.hashCode(once), Arrays.hashCode(ints(new Values.Integers(-5, 100), 2, "a")));
        assertNotEquals(
                Arrays.hashCode(once), Arrays.hashCode(ints(new Values.Integers(-5, 100), 1, "b")));
    }

    @Test
    void integersStayWithinTheirBoundsAndReachThem() {
        int[] values = ints(new Values.Integers(-2, 3), 1, "a");
        assertEquals(-2, Arrays.stream(values).min().orElseThrow());
        assertEquals(2, Arrays.stream(values).max().orElseThrow());
    }

    private static int[] ints(Values values, long seed, String name) {
        return values.elements(DType.I32, 1000, seed, name).toArray(ValueLayout.JAVA_INT);
    }
}
