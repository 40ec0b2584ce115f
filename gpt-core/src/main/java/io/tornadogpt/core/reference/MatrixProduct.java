package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.MatMul;

import org.jspecify.annotations.Nullable;

/// `out = a . b`, each transposed or not. The gradients of a product are products too.
final class MatrixProduct {
    private MatrixProduct() {}

    static void forward(MatMul op, Frame frame) {
        double[][] a = rows(frame.matrix(op.a()), op.transposeA()); // [M][K]
        double[][] b = rows(frame.matrix(op.b()), op.transposeB()); // [K][N]
        Matrix out = frame.matrix(op.out());
        Epilogue epilogue = Epilogue.of(op.epilogue(), frame);
        for (int m = 0; m < op.m(); m++) {
            double[] sums = new double[op.n()];
            for (int k = 0; k < op.k(); k++) {
                for (int n = 0; n < op.n(); n++) {
                    sums[n] += a[m][k] * b[k][n];
                }
            }
            for (int n = 0; n < op.n(); n++) {
                double before = op.accumulate() ? out.get(m, n) : 0;
                out.set(m, n, epilogue.apply(m, n, before + sums[n]));
            }
        }
    }

    /// The rows of a matrix, or of its transpose.
    private static double[][] rows(Matrix matrix, boolean transpose) {
        int rows = transpose ? matrix.columns() : matrix.rows();
        int columns = transpose ? matrix.rows() : matrix.columns();
        double[][] elements = new double[rows][columns];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                elements[r][c] = transpose ? matrix.get(c, r) : matrix.get(r, c);
            }
        }
        return elements;
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
            if (fused.activation() != null) {
                value = ActivationFunction.value(value, fused.activation());
            }
            if (addend != null) {
                value += addend.get(row, column);
            }
            return value;
        }
    }
}
