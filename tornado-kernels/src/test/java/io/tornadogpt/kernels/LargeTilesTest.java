package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.core.op.Activation;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task18;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.Random;

/// Products in large tiles, which are launched only for sizes that the emulator has no time for, at
/// small sizes: they add in the order of those in small tiles, which are checked against the
/// reference.
class LargeTilesTest {
    @Property(tries = 16, seed = "1")
    void tilesOfBothSizesMakeTheSameBits(
            @ForAll @IntRange(min = 1, max = 200) int m,
            @ForAll @IntRange(min = 1, max = 200) int n,
            @ForAll @IntRange(min = 1, max = 40) int k,
            @ForAll @IntRange(min = 0, max = 7) int transposesAndAccumulates,
            @ForAll boolean fused,
            @ForAll Activation.Function function) {
        int options = transposesAndAccumulates;
        boolean summed = !fused && (options & MatMulKernels.TRANSPOSE_A) != 0;
        if (summed) {
            options += MatMulKernels.ROW_SUMS;
        }
        if (fused) {
            options += MatMulKernels.BIAS + MatMulKernels.KEEP;
            options += k % 2 == 0 ? MatMulKernels.ADDEND : MatMulKernels.DERIVATIVE;
            options += MatMulKernels.ACTIVATION * ActivationKernels.number(function);
        }
        var small = new Product(m, n, k);
        small.run(MatMulKernels.matMulGrid(m, n), MatMulKernels::matMul, options);
        var large = new Product(m, n, k);
        large.run(
                LargeTileKernels.matMulInLargeTilesGrid(m, n),
                LargeTileKernels::matMulInLargeTiles,
                options);
        assertArrayEquals(small.out.toHeapArray(), large.out.toHeapArray());
        if (summed) {
            small.requireRowSums();
            large.requireRowSums();
        } else {
            assertArrayEquals(small.preActivation.toHeapArray(), large.preActivation.toHeapArray());
        }
    }

    /// Both products of a linear layer's gradient in one launch, beside a launch for each.
    @Property(tries = 16, seed = "2")
    void gradientsOfALinearLayerAtOnceAreTheSameBits(
            @ForAll @IntRange(min = 1, max = 140) int rows,
            @ForAll @IntRange(min = 1, max = 140) int inputs,
            @ForAll @IntRange(min = 1, max = 140) int outputs,
            @ForAll boolean biased,
            @ForAll boolean activated,
            @ForAll Activation.Function function) {
        int derivative =
                activated
                        ? MatMulKernels.DERIVATIVE
                                + MatMulKernels.ACTIVATION * ActivationKernels.number(function)
                        : 0;
        int sums = biased ? MatMulKernels.ROW_SUMS : 0;
        var input = new Product(rows, inputs, outputs);
        var weight = new Product(outputs, inputs, rows);
        FloatArray dBias = weight.values(outputs);
        FloatArray dX = weight.values(rows * inputs);
        FloatArray dWeight = weight.values(outputs * inputs);
        for (int i = 0; i < outputs; i++) {
            weight.preActivation.set(i, dBias.get(i));
        }
        for (int i = 0; i < dWeight.getSize(); i++) {
            weight.out.set(i, dWeight.get(i));
        }
        for (int i = 0; i < weight.a.getSize(); i++) {
            weight.a.set(i, input.a.get(i)); // dOut
        }
        var run = new KernelRun();
        IntArray layer = run.scratch(IntArray.fromElements(0));
        run.task(
                        LinearGradientKernels.grid(rows, inputs, outputs),
                        (g, name) ->
                                g.task(
                                        name,
                                        LinearGradientKernels::linearBackward,
                                        new KernelContext(),
                                        layer,
                                        input.a,
                                        Place.WHOLE,
                                        input.b,
                                        Place.WHOLE,
                                        weight.b,
                                        Place.WHOLE,
                                        input.addend,
                                        Place.WHOLE,
                                        dX,
                                        Place.WHOLE,
                                        dWeight,
                                        dBias,
                                        Place.WHOLE,
                                        rows,
                                        inputs,
                                        outputs,
                                        derivative + sums))
                .run(input.a, input.b, weight.b, input.addend, dX, dWeight, dBias);
        input.run(MatMulKernels.matMulGrid(rows, inputs), MatMulKernels::matMul, derivative);
        weight.run(
                MatMulKernels.matMulGrid(outputs, inputs),
                MatMulKernels::matMul,
                MatMulKernels.TRANSPOSE_A + MatMulKernels.ACCUMULATE + sums);
        assertArrayEquals(input.out.toHeapArray(), dX.toHeapArray());
        assertArrayEquals(weight.out.toHeapArray(), dWeight.toHeapArray());
        for (int i = 0; i < outputs; i++) {
            assertEquals(weight.preActivation.get(i), dBias.get(i), 1e-5 * rows);
        }
    }

    /// The operands of a product, and where it goes.
    private static final class Product {
        private final Random random = new Random(3);
        private final int m;
        private final int n;
        private final int k;
        private final FloatArray a;
        private final FloatArray b;
        private final FloatArray bias;
        private final FloatArray addend;
        private final FloatArray preActivation;
        private final FloatArray out;

        Product(int m, int n, int k) {
            this.m = m;
            this.n = n;
            this.k = k;
            a = values(m * k);
            b = values(k * n);
            bias = values(n);
            addend = values(m * n);
            preActivation = values(Math.max(m, m * n));
            out = values(m * n);
        }

        private FloatArray values(int size) {
            var values = new FloatArray(size);
            for (int i = 0; i < size; i++) {
                values.set(i, (float) random.nextGaussian());
            }
            return values;
        }

        /// That the sums of the rows were added to what stood there, and nothing else changed.
        void requireRowSums() {
            FloatArray before = new Product(m, n, k).preActivation;
            for (int row = 0; row < m * n; row++) {
                double sum = before.get(row);
                for (int i = 0; row < m && i < k; i++) {
                    sum += a.get(i * m + row);
                }
                assertEquals(sum, preActivation.get(row), 1e-5 * k);
            }
        }

        void run(
                WorkerGrid grid,
                Task18<
                                KernelContext,
                                IntArray,
                                FloatArray,
                                Long,
                                FloatArray,
                                Long,
                                FloatArray,
                                Long,
                                FloatArray,
                                Long,
                                FloatArray,
                                Long,
                                FloatArray,
                                Long,
                                Integer,
                                Integer,
                                Integer,
                                Integer>
                        kernel,
                int options) {
            var run = new KernelRun();
            IntArray layer = run.scratch(IntArray.fromElements(0));
            run.task(
                            grid,
                            (g, name) ->
                                    g.task(
                                            name,
                                            kernel,
                                            new KernelContext(),
                                            layer,
                                            a,
                                            Place.WHOLE,
                                            b,
                                            Place.WHOLE,
                                            bias,
                                            Place.WHOLE,
                                            addend,
                                            Place.WHOLE,
                                            preActivation,
                                            Place.WHOLE,
                                            out,
                                            Place.WHOLE,
                                            m,
                                            n,
                                            k,
                                            options))
                    .run(a, b, bias, addend, preActivation, out);
        }
    }
}
