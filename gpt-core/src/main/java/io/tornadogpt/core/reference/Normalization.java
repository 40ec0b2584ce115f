package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.LayerNorm;

import org.jspecify.annotations.Nullable;

/// Layer normalization: each row shifted and scaled to mean 0 and variance 1, then by learned
/// weights.
final class Normalization {
    private Normalization() {}

    static void forward(LayerNorm op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix weight = frame.matrix(op.weight());
        Matrix bias = frame.matrixOrNull(op.bias());
        Matrix out = frame.matrix(op.out());
        Matrix means = frame.matrix(op.mean());
        Matrix rstds = frame.matrix(op.rstd());
        for (int row = 0; row < x.rows(); row++) {
            double mean = mean(x, row);
            double rstd = 1 / Math.sqrt(variance(x, row, mean) + op.epsilon());
            for (int c = 0; c < x.columns(); c++) {
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

    /// With n the normalized row and dN = dOut * weight its gradient: `dX = rstd * (dN - mean(dN) -
    /// n * mean(dN * n))`.
    static void backward(LayerNorm.Backward op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix weight = frame.matrix(op.weight());
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dX = frame.matrix(op.dX());
        Matrix addend = frame.matrixOrNull(op.addend());
        int channels = x.columns();
        for (int row = 0; row < x.rows(); row++) {
            double rstd = frame.matrix(op.rstd()).get(row);
            double[] normal = normal(x, row, frame.matrix(op.mean()).get(row), rstd);
            double meanDNormal = 0;
            double meanDNormalNormal = 0;
            for (int c = 0; c < channels; c++) {
                double dNormal = dOut.get(row, c) * weight.get(c);
                meanDNormal += dNormal / channels;
                meanDNormalNormal += dNormal * normal[c] / channels;
            }
            addToWeights(op, row, normal, frame);
            for (int c = 0; c < channels; c++) {
                double dNormal = dOut.get(row, c) * weight.get(c);
                double gradient = rstd * (dNormal - meanDNormal - normal[c] * meanDNormalNormal);
                double other = addend == null ? 0 : addend.get(row, c);
                dX.set(row, c, gradient + other);
            }
        }
    }

    private static double[] normal(Matrix x, int row, double mean, double rstd) {
        double[] normal = new double[x.columns()];
        for (int c = 0; c < normal.length; c++) {
            normal[c] = (x.get(row, c) - mean) * rstd;
        }
        return normal;
    }

    private static void addToWeights(LayerNorm.Backward op, int row, double[] normal, Frame frame) {
        Matrix dOut = frame.matrix(op.dOut());
        @Nullable Matrix dWeight = frame.matrixOrNull(op.dWeight());
        @Nullable Matrix dBias = frame.matrixOrNull(op.dBias());
        for (int c = 0; c < normal.length; c++) {
            if (dWeight != null) {
                dWeight.add(c, dOut.get(row, c) * normal[c]);
            }
            if (dBias != null) {
                dBias.add(c, dOut.get(row, c));
            }
        }
    }
}
