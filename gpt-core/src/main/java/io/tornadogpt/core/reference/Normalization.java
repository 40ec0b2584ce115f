package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.RmsNorm;

import org.jspecify.annotations.Nullable;

/// Layer and root-mean-square normalization: each run of as many elements as the weight has is
/// brought to mean 0 and variance 1, or to mean square 1, then multiplied by learned weights.
final class Normalization {
    private Normalization() {}

    static void forward(LayerNorm op, Frame frame) {
        Matrix weight = frame.matrix(op.weight());
        int size = weight.columns();
        Matrix x = frame.matrix(op.x()).withColumns(size);
        Matrix bias = frame.matrixOrNull(op.bias());
        Matrix out = frame.matrix(op.out()).withColumns(size);
        Matrix means = frame.matrix(op.mean());
        Matrix rstds = frame.matrix(op.rstd());
        for (int row = 0; row < x.rows(); row++) {
            double mean = mean(x, row);
            double rstd = 1 / Math.sqrt(variance(x, row, mean) + op.epsilon());
            for (int c = 0; c < size; c++) {
                double normal = (x.get(row, c) - mean) * rstd;
                double shift = bias == null ? 0 : bias.get(c);
                out.set(row, c, normal * weight.get(c) + shift);
            }
            means.set(row, mean);
            rstds.set(row, rstd);
        }
    }

    private static double mean(Matrix x, int row) {
        double sum = 0;
        for (int c = 0; c < x.columns(); c++) {
            sum += x.get(row, c);
        }
        return sum / x.columns();
    }

    private static double variance(Matrix x, int row, double mean) {
        double sum = 0;
        for (int c = 0; c < x.columns(); c++) {
            double difference = x.get(row, c) - mean;
            sum += difference * difference;
        }
        return sum / x.columns();
    }

    static void backward(LayerNorm.Backward op, Frame frame) {
        new Gradient(
                        frame.matrix(op.weight()),
                        0,
                        true,
                        frame.matrixOrNull(op.dWeight()),
                        frame.matrixOrNull(op.dBias()),
                        frame.matrixOrNull(op.addend()))
                .of(
                        frame.matrix(op.x()),
                        frame.matrix(op.mean()),
                        frame.matrix(op.rstd()),
                        frame.matrix(op.dOut()),
                        frame.matrix(op.dX()));
    }

    static void forward(RmsNorm op, Frame frame) {
        Matrix weight = frame.matrix(op.weight());
        int size = weight.columns();
        Matrix x = frame.matrix(op.x()).withColumns(size);
        Matrix out = frame.matrix(op.out()).withColumns(size);
        Matrix rstds = frame.matrix(op.rstd());
        for (int row = 0; row < x.rows(); row++) {
            double rstd = 1 / Math.sqrt(variance(x, row, 0) + op.epsilon());
            for (int c = 0; c < size; c++) {
                out.set(row, c, x.get(row, c) * rstd * (op.offset() + weight.get(c)));
            }
            rstds.set(row, rstd);
        }
    }

    static void backward(RmsNorm.Backward op, Frame frame) {
        new Gradient(
                        frame.matrix(op.weight()),
                        op.offset(),
                        false,
                        frame.matrixOrNull(op.dWeight()),
                        null,
                        frame.matrixOrNull(op.addend()))
                .of(
                        frame.matrix(op.x()),
                        null,
                        frame.matrix(op.rstd()),
                        frame.matrix(op.dOut()),
                        frame.matrix(op.dX()));
    }

    /// With n the normalized run and `dN = dOut * (offset + weight)` its gradient: `dX = rstd * (dN
    /// - mean(dN) - n * mean(dN * n))`, where `mean(dN)` is part of it only if the mean was taken
    ///   away.
    ///
    /// @param centered whether the mean was taken away
    private record Gradient(
            Matrix weight,
            double offset,
            boolean centered,
            @Nullable Matrix dWeight,
            @Nullable Matrix dBias,
            @Nullable Matrix addend) {
        void of(Matrix x, @Nullable Matrix means, Matrix rstds, Matrix dOut, Matrix dX) {
            int size = weight.columns();
            int runs = Math.toIntExact(x.size() / size);
            for (int run = 0; run < runs; run++) {
                long start = (long) run * size;
                double mean = means == null ? 0 : means.get(run);
                double rstd = rstds.get(run);
                double[] normal = new double[size];
                double[] dNormal = new double[size];
                double meanDNormal = 0;
                double meanDNormalNormal = 0;
                for (int c = 0; c < size; c++) {
                    normal[c] = (x.get(start + c) - mean) * rstd;
                    dNormal[c] = dOut.get(start + c) * (offset + weight.get(c));
                    meanDNormal += centered ? dNormal[c] / size : 0;
                    meanDNormalNormal += dNormal[c] * normal[c] / size;
                }
                for (int c = 0; c < size; c++) {
                    addToWeights(c, dOut.get(start + c), normal[c]);
                    double gradient =
                            rstd * (dNormal[c] - meanDNormal - normal[c] * meanDNormalNormal);
                    double other = addend == null ? 0 : addend.get(start + c);
                    dX.set(start + c, gradient + other);
                }
            }
        }

        private void addToWeights(int c, double dOut, double normal) {
            if (dWeight != null) {
                dWeight.add(c, dOut * normal);
            }
            if (dBias != null) {
                dBias.add(c, dOut);
            }
        }
    }
}
