package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.MatMul;

import org.jspecify.annotations.Nullable;

/// `out = a . b`, each transposed or not. The gradients of a product are products too.
final class MatrixProduct {
    private MatrixProduct() {}

    static void forward(MatMul op, Frame frame) {
        Matrix out = frame.matrix(op.out());
        Epilogue epilogue = Epilogue.of(op.epilogue(), frame);
        for (int row = 0; row < op.m(); row++) {
            double[] products = row(op, row, frame);
            for (int column = 0; column < op.n(); column++) {
                double before = op.accumulate() ? out.get(row, column) : 0;
                double sum = before + products[column];
                out.set(row, column, epilogue.apply(row, column, sum));
            }
        }
    }

    /// One row of `op(a) . op(b)`: `row[n] = sum over k of a[row, k] * b[k, n]`.
    private static double[] row(MatMul op, int row, Frame frame) {
        Matrix a = frame.matrix(op.a());
        Matrix b = frame.matrix(op.b());
        double[] sums = new double[op.n()];
        for (int k = 0; k < op.k(); k++) {
            double left = op.transposeA() ? a.get(k, row) : a.get(row, k);
            for (int n = 0; n < op.n(); n++) {
                double right = op.transposeB() ? b.get(n, k) : b.get(k, n);
                sums[n] += left * right;
            }
        }
        return sums;
    }

    /// What else happens to an element before it is stored.
    private record Epilogue(
            MatMul.Epilogue fused,
            @Nullable Matrix bias,
            @Nullable Matrix preActivation,
            @Nullable Matrix addend) {
        static Epilogue of(MatMul.Epilogue fused, Frame frame) {
            return new Epilogue(
                    fused,
                    frame.matrixOrNull(fused.bias()),
                    frame.matrixOrNull(fused.preActivation()),
                    frame.matrixOrNull(fused.addend()));
        }

        double apply(int row, int column, double product) {
            double value = product;
            if (bias != null) {
                value += bias.get(column);
            }
            if (preActivation != null) {
                preActivation.set(row, column, value);
            }
            if (fused.gelu() != null) {
                value = GeluFunction.value(value, fused.gelu());
            }
            if (addend != null) {
                value += addend.get(row, column);
            }
            return value;
        }
    }
}
