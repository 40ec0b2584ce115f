package io.tornadogpt.cpu.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.Activation.Function;

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
    void activationsAreCloseToTheirDefinitions() {
        close(VectorMath::geluTanh, x -> Formulas.value(x, Function.GELU_TANH));
        close(VectorMath::geluExact, x -> Formulas.value(x, Function.GELU));
        close(VectorMath::silu, x -> Formulas.value(x, Function.SILU));
        close(VectorMath::relu, x -> Formulas.value(x, Function.RELU));
        close(VectorMath::tanh, x -> Formulas.value(x, Function.TANH));
    }

    @Test
    void gradientsOfActivationsAreCloseToTheirDefinitions() {
        close(VectorMath::geluTanhGradient, x -> Formulas.derivative(x, Function.GELU_TANH));
        close(VectorMath::geluExactGradient, x -> Formulas.derivative(x, Function.GELU));
        close(VectorMath::siluGradient, x -> Formulas.derivative(x, Function.SILU));
        close(VectorMath::reluGradient, x -> Formulas.derivative(x, Function.RELU));
        close(VectorMath::tanhGradient, x -> Formulas.derivative(x, Function.TANH));
    }

    /// A cap multiplies what it makes of small scores, so tanh has to be good there as well.
    @Test
    void tanhIsWithinThreeUlp() {
        for (float x = 1e-30f; x < 100; x *= 1.00137f) {
            float expected = (float) Math.tanh(x);
            assertEquals(expected, apply(VectorMath::tanh, x), 3 * Math.ulp(expected), "at " + x);
            assertEquals(-apply(VectorMath::tanh, x), apply(VectorMath::tanh, -x));
        }
        assertEquals(1f, apply(VectorMath::tanh, Float.POSITIVE_INFINITY));
        assertEquals(-1f, apply(VectorMath::tanh, Float.NEGATIVE_INFINITY));
        assertTrue(Float.isNaN(apply(VectorMath::tanh, Float.NaN)));
    }

    @Test
    void siluOfHugeValuesIsZeroOrTheValue() {
        assertEquals(0f, Math.abs(apply(VectorMath::silu, -1e30f)));
        assertEquals(1e30f, apply(VectorMath::silu, 1e30f));
        assertEquals(0f, apply(VectorMath::siluGradient, -1e30f), 1e-20f);
        assertEquals(1f, apply(VectorMath::siluGradient, 1e30f));
        assertTrue(Float.isNaN(apply(VectorMath::siluGradient, Float.NaN)));
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
