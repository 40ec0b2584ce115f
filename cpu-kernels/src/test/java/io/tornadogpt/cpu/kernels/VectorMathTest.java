package io.tornadogpt.cpu.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.Gelu;

import jdk.incubator.vector.FloatVector;

import org.junit.jupiter.api.Test;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

class VectorMathTest {
    @Test
    void expIsWithinTwoUlp() {
        for (float x = -87.3f; x < 88.3f; x += 0.0137f) {
            float expected = (float) Math.exp(x);
            float actual = apply(VectorMath::exp, x);
            assertTrue(
                    Math.abs(actual - Math.exp(x)) <= 2 * Math.ulp(expected),
                    "exp(" + x + ") is " + actual + ", expected " + expected);
        }
    }

    @Test
    void expOfExtremesIsZeroInfinityOrNaN() {
        assertEquals(0f, apply(VectorMath::exp, Float.NEGATIVE_INFINITY));
        assertEquals(0f, apply(VectorMath::exp, -Float.MAX_VALUE));
        assertEquals(0f, apply(VectorMath::exp, -104f));
        assertEquals(1f, apply(VectorMath::exp, 0f));
        assertEquals(1f, apply(VectorMath::exp, -0f));
        assertEquals(Float.POSITIVE_INFINITY, apply(VectorMath::exp, 89f));
        assertEquals(Float.POSITIVE_INFINITY, apply(VectorMath::exp, Float.MAX_VALUE));
        assertEquals(Float.POSITIVE_INFINITY, apply(VectorMath::exp, Float.POSITIVE_INFINITY));
        assertTrue(Float.isNaN(apply(VectorMath::exp, Float.NaN)));
    }

    @Test
    void logIsWithinTwoUlp() {
        for (float x = 1e-37f; x < 1e38f; x *= 1.00137f) {
            float actual = apply(VectorMath::log, x);
            float expected = (float) Math.log(x);
            assertTrue(
                    Math.abs(actual - Math.log(x)) <= 2 * Math.ulp(expected),
                    "log(" + x + ") is " + actual + ", expected " + expected);
        }
        assertEquals(0f, apply(VectorMath::log, 1f));
        assertEquals(Float.POSITIVE_INFINITY, apply(VectorMath::log, Float.POSITIVE_INFINITY));
        assertTrue(Float.isNaN(apply(VectorMath::log, Float.NaN)));
    }

    @Test
    void geluIsCloseToItsDefinition() {
        close(VectorMath::geluTanh, x -> Formulas.gelu(x, Gelu.Form.TANH));
        close(VectorMath::geluExact, x -> Formulas.gelu(x, Gelu.Form.EXACT));
    }

    @Test
    void geluGradientIsCloseToItsDefinition() {
        close(VectorMath::geluTanhGradient, x -> Formulas.geluGradient(x, Gelu.Form.TANH));
        close(VectorMath::geluExactGradient, x -> Formulas.geluGradient(x, Gelu.Form.EXACT));
    }

    @Test
    void geluOfHugeValuesIsZeroOrTheValue() {
        for (UnaryOperator<FloatVector> gelu :
                java.util.List.<UnaryOperator<FloatVector>>of(
                        VectorMath::geluTanh, VectorMath::geluExact)) {
            assertEquals(0f, Math.abs(apply(gelu, -1e30f)));
            assertEquals(1e30f, apply(gelu, 1e30f));
            assertEquals(Float.POSITIVE_INFINITY, apply(gelu, Float.POSITIVE_INFINITY));
            assertTrue(Float.isNaN(apply(gelu, Float.NaN)));
        }
        for (UnaryOperator<FloatVector> gradient :
                java.util.List.<UnaryOperator<FloatVector>>of(
                        VectorMath::geluTanhGradient, VectorMath::geluExactGradient)) {
            assertEquals(0f, apply(gradient, -1e30f), 1e-20f);
            assertEquals(1f, apply(gradient, 1e30f));
            assertTrue(Float.isNaN(apply(gradient, Float.NaN)));
        }
    }

    @Test
    void sumOfLanesHasOneOrder() {
        float[] values = new float[Lanes.COUNT];
        double expected = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = i + 1;
            expected += values[i];
        }
        assertEquals((float) expected, Lanes.sum(Lanes.load(values, 0)));
    }

    private static void close(UnaryOperator<FloatVector> function, DoubleUnaryOperator definition) {
        for (float x = -15; x < 15; x += 0.0037f) {
            double expected = definition.applyAsDouble(x);
            float actual = apply(function, x);
            double bound = 4e-7 * Math.max(Math.abs(expected), 0.3);
            assertEquals(expected, actual, bound, "at " + x);
        }
    }

    private static float apply(UnaryOperator<FloatVector> function, float x) {
        return function.apply(Lanes.broadcast(x)).lane(Lanes.COUNT - 1);
    }
}
