package io.tornadogpt.core.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TensorTest {
    private final TensorSpec stack =
            new TensorSpec("h.*.w", Shape.of(2, 3), DType.F32, Role.PARAMETER, 4);
    private final TensorSpec single = new TensorSpec("w", Shape.of(2, 3, 5), DType.I32, Role.INPUT);

    @Test
    void shapesAreSeenAsMatrices() {
        assertEquals(6, single.shape().rows());
        assertEquals(5, single.shape().columns());
        assertEquals(30, single.elements());
        assertEquals(120, single.bytes());
        assertEquals(3, single.shape().dimension(-2));
        assertEquals(1, Shape.of(7).rows());
    }

    @Test
    void wholeStackHasItsLayersInFront() {
        assertEquals(Shape.of(4, 2, 3), stack.whole().shape());
        assertEquals(24, stack.elements());
        assertEquals(Shape.of(2, 3), stack.layer().shape());
        assertEquals(24, stack.sliceBytes());
    }

    @Test
    void slicesFollowTheLayer() {
        assertEquals(3, stack.layer(1).sliceAt(2));
        assertEquals(1, stack.at(1).sliceAt(2));
        assertEquals(0, stack.whole().sliceAt(2));
        assertEquals("h.3.w", stack.sliceName(3));
        assertEquals("w", single.sliceName(0));
    }

    @Test
    void tensorsPrintTheirSliceAndShape() {
        assertEquals("h.*.w@2[2, 3]", stack.at(2).toString());
        assertEquals("h.*.w@l[2, 3]", stack.layer().toString());
        assertEquals("h.*.w@l+1[2, 3]", stack.layer(1).toString());
        assertEquals("w[2, 3, 5]", single.whole().toString());
    }

    @Test
    void whatCannotBeIsRefused() {
        refused("a shape needs at least one dimension", () -> Shape.of());
        refused("shape [2, 0] has a dimension of 0; expected >= 1", () -> Shape.of(2, 0));
        refused("h.*.w has 4 slices, so there is no slice 4", () -> stack.at(4));
        refused("w is not stacked, so it has no At[index=0]", () -> single.at(0));
        refused(
                "a tensor needs a name",
                () -> new TensorSpec(" ", Shape.of(1), DType.F32, Role.INPUT));
        refused("w: layers is -1; expected >= 0", () -> negative());
        assertThrows(ArithmeticException.class, () -> Shape.of(1 << 30, 1 << 30, 1 << 30));
    }

    private static TensorSpec negative() {
        return new TensorSpec("w", Shape.of(1), DType.F32, Role.INPUT, -1);
    }

    private static void refused(String sentence, Executable code) {
        assertEquals(sentence, assertThrows(IllegalArgumentException.class, code).getMessage());
    }
}
