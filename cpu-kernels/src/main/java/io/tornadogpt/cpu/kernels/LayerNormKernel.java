package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.tensor.Tensor;

import jdk.incubator.vector.FloatVector;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Layer normalization of each row of `[N, C]`, of which a row of a tensor may have several. With
/// `n = (x - mean) * rstd`: `out = n * weight + bias`.
///
/// @param workers threads
/// @param rows N
/// @param columns C
record LayerNormKernel(Workers workers, int rows, int columns) {
    private static final int PARTIAL_SUMS = 0;

    /// Fewest rows whose part of the parameters' gradients one unit sums, and most such parts.
    private static final int CHUNK_ROWS = 48;

    private static final int MAX_CHUNKS = 64;

    static Runnable bind(LayerNorm op, Binding binding) {
        LayerNormKernel kernel = of(op.x(), op.weight(), binding);
        MemorySegment x = binding.at(op.x());
        MemorySegment weight = binding.at(op.weight());
        MemorySegment bias = binding.atOrNull(op.bias());
        MemorySegment out = binding.at(op.out());
        MemorySegment mean = binding.at(op.mean());
        MemorySegment rstd = binding.at(op.rstd());
        return () -> kernel.forward(x, weight, bias, out, mean, rstd, op.epsilon());
    }

    static Runnable bind(LayerNorm.Backward op, Binding binding) {
        LayerNormKernel kernel = of(op.x(), op.weight(), binding);
        var gradient =
                new Gradient(
                        binding.at(op.x()),
                        binding.at(op.weight()),
                        binding.at(op.mean()),
                        binding.at(op.rstd()),
                        binding.at(op.dOut()),
                        binding.at(op.dX()),
                        binding.atOrNull(op.dWeight()),
                        binding.atOrNull(op.dBias()),
                        binding.atOrNull(op.addend()));
        return () -> kernel.backward(gradient);
    }

    private static LayerNormKernel of(Tensor x, Tensor weight, Binding binding) {
        int columns = weight.columns();
        int rows = Math.toIntExact(x.elements() / columns);
        return new LayerNormKernel(binding.workers(), rows, columns);
    }

    /// @param x `[N, C]`
    /// @param weight `[C]`
    /// @param bias `[C]`, or null
    /// @param out `[N, C]`
    /// @param mean `[N]`
    /// @param rstd `[N]`
    void forward(
            MemorySegment x,
            MemorySegment weight,
            @Nullable MemorySegment bias,
            MemorySegment out,
            MemorySegment mean,
            MemorySegment rstd,
            double epsilon) {
        var parts = Partition.ofRows(rows, columns);
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    int width = Packing.roundUp(columns, Lanes.COUNT);
                    float[] row = scratch.floats(0, width);
                    float[] scales = scratch.floats(1, width);
                    float[] shifts = scratch.floats(2, width);
                    load(weight, 0, scales);
                    if (bias == null) {
                        Arrays.fill(shifts, 0, width, 0);
                    } else {
                        load(bias, 0, shifts);
                    }
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        load(x, 4L * i * columns, row);
                        float rowMean = sum(row) / columns;
                        float variance = center(row, rowMean) / columns;
                        float rowRstd = (float) (1 / Math.sqrt(variance + epsilon));
                        mean.setAtIndex(ValueLayout.JAVA_FLOAT, i, rowMean);
                        rstd.setAtIndex(ValueLayout.JAVA_FLOAT, i, rowRstd);
                        scale(row, rowRstd, scales, shifts);
                        Packing.store(row, 0, columns, 1, out, 4L * i * columns);
                    }
                });
    }

    /// Loads a row, the rest of the last vector being 0.
    private void load(MemorySegment from, long offset, float[] to) {
        Packing.rows(from, offset, 0, 1, columns, to, 0);
        Arrays.fill(to, columns, Packing.roundUp(columns, Lanes.COUNT), 0);
    }

    private float sum(float[] row) {
        FloatVector sum = Lanes.zero();
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            sum = sum.add(Lanes.load(row, j));
        }
        return Lanes.sum(sum);
    }

    /// Subtracts the mean; returns the sum of squares.
    private float center(float[] row, float mean) {
        FloatVector squares = Lanes.zero();
        int whole = Lanes.FLOATS.loopBound(columns);
        for (int j = 0; j < whole; j += Lanes.COUNT) {
            FloatVector centered = Lanes.load(row, j).sub(mean);
            centered.intoArray(row, j);
            squares = centered.fma(centered, squares);
        }
        float sum = Lanes.sum(squares);
        for (int j = whole; j < columns; j++) {
            row[j] -= mean;
            sum = Math.fma(row[j], row[j], sum);
        }
        return sum;
    }

    private void scale(float[] row, float rstd, float[] scales, float[] shifts) {
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            Lanes.load(row, j)
                    .mul(rstd)
                    .fma(Lanes.load(scales, j), Lanes.load(shifts, j))
                    .intoArray(row, j);
        }
    }

    /// What the gradient reads and writes.
    ///
    /// @param x `[N, C]`
    /// @param weight `[C]`
    /// @param mean `[N]`
    /// @param rstd `[N]`
    /// @param dOut `[N, C]`
    /// @param dX `[N, C]`, assigned
    /// @param dWeight `[C]`, added to; or null
    /// @param dBias `[C]`, added to; or null
    /// @param addend `[N, C]`, added to dX; or null; may be dX
    record Gradient(
            MemorySegment x,
            MemorySegment weight,
            MemorySegment mean,
            MemorySegment rstd,
            MemorySegment dOut,
            MemorySegment dX,
            @Nullable MemorySegment dWeight,
            @Nullable MemorySegment dBias,
            @Nullable MemorySegment addend) {}

    /// With `dN = dOut * weight`: `dX = rstd * (dN - mean(dN) - n * mean(dN * n)) + addend`,
    /// `dWeight += sum(dOut * n)`, `dBias += sum(dOut)`, sums over rows.
    void backward(Gradient g) {
        int width = Packing.roundUp(columns, Lanes.COUNT);
        int chunkRows = Math.max(CHUNK_ROWS, Math.ceilDiv(rows, MAX_CHUNKS));
        int chunks = Math.ceilDiv(rows, chunkRows);
        float[] sums = workers.shared(PARTIAL_SUMS, chunks * 2 * width);
        workers.run(
                chunks,
                (chunk, scratch) -> {
                    int base = chunk * 2 * width;
                    Arrays.fill(sums, base, base + 2 * width, 0);
                    float[] scales = scratch.floats(0, width);
                    load(g.weight, 0, scales);
                    float[] normal = scratch.floats(1, width);
                    float[] gradient = scratch.floats(2, width);
                    float[] totals = scratch.floats(3, 2 * Lanes.COUNT);
                    int end = Math.min(rows, (chunk + 1) * chunkRows);
                    for (int row = chunk * chunkRows; row < end; row++) {
                        backwardRow(g, row, scales, normal, gradient, totals, sums, base);
                    }
                });
        addChunks(sums, chunks, 0, g.dWeight);
        addChunks(sums, chunks, width, g.dBias);
    }

    private void backwardRow(
            Gradient g,
            int row,
            float[] scales,
            float[] normal,
            float[] gradient,
            float[] totals,
            float[] sums,
            int base) {
        long offset = 4L * row * columns;
        float mean = g.mean.getAtIndex(ValueLayout.JAVA_FLOAT, row);
        float rstd = g.rstd.getAtIndex(ValueLayout.JAVA_FLOAT, row);
        load(g.x, offset, normal);
        load(g.dOut, offset, gradient);
        addToSums(gradient, normal, mean, rstd, sums, base);
        project(gradient, normal, scales, totals);
        float meanGradient = Lanes.sum(totals, 0) / columns;
        float meanProduct = Lanes.sum(totals, Lanes.COUNT) / columns;
        combine(gradient, normal, rstd, -rstd * meanGradient, -rstd * meanProduct);
        if (g.addend != null) {
            add(gradient, g.addend, offset);
        }
        MemorySegment.copy(gradient, 0, g.dX, ValueLayout.JAVA_FLOAT, offset, columns);
    }

    /// Normalizes the row and adds its part of the gradients of weight and bias.
    private void addToSums(
            float[] gradient, float[] normal, float mean, float rstd, float[] sums, int base) {
        int biases = base + Packing.roundUp(columns, Lanes.COUNT);
        FloatVector scale = Lanes.broadcast(rstd);
        FloatVector shift = Lanes.broadcast(-mean * rstd);
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            FloatVector dOut = Lanes.load(gradient, j);
            FloatVector n = Lanes.load(normal, j).fma(scale, shift);
            n.intoArray(normal, j);
            dOut.fma(n, Lanes.load(sums, base + j)).intoArray(sums, base + j);
            dOut.add(Lanes.load(sums, biases + j)).intoArray(sums, biases + j);
        }
    }

    /// Multiplies the gradient by the weight; leaves its sum, and that of its product with the
    /// normalized row, in the lanes of `totals`. The gradient is 0 beyond the last column, so what
    /// `normal` holds there does not count.
    private void project(float[] gradient, float[] normal, float[] scales, float[] totals) {
        FloatVector sum = Lanes.zero();
        FloatVector product = Lanes.zero();
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            FloatVector dNormal = Lanes.load(gradient, j).mul(Lanes.load(scales, j));
            dNormal.intoArray(gradient, j);
            sum = sum.add(dNormal);
            product = dNormal.fma(Lanes.load(normal, j), product);
        }
        sum.intoArray(totals, 0);
        product.intoArray(totals, Lanes.COUNT);
    }

    /// `gradient = rstd * gradient + slope * normal + shift`.
    private void combine(float[] gradient, float[] normal, float rstd, float shift, float slope) {
        FloatVector scales = Lanes.broadcast(rstd);
        FloatVector shifts = Lanes.broadcast(shift);
        FloatVector slopes = Lanes.broadcast(slope);
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            FloatVector projected = Lanes.load(normal, j).fma(slopes, shifts);
            Lanes.load(gradient, j).fma(scales, projected).intoArray(gradient, j);
        }
    }

    private void add(float[] row, MemorySegment addend, long offset) {
        int whole = Lanes.FLOATS.loopBound(columns);
        for (int j = 0; j < whole; j += Lanes.COUNT) {
            Lanes.load(row, j).add(Lanes.load(addend, offset + 4L * j)).intoArray(row, j);
        }
        for (int j = whole; j < columns; j++) {
            row[j] += addend.get(ValueLayout.JAVA_FLOAT, offset + 4L * j);
        }
    }

    private void addChunks(float[] sums, int chunks, int start, @Nullable MemorySegment total) {
        if (total != null) {
            int stride = 2 * Packing.roundUp(columns, Lanes.COUNT);
            ColumnSums.add(sums, start, stride, chunks, columns, total);
        }
    }
}
