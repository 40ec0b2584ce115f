package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.RmsNorm;
import io.tornadogpt.core.tensor.Tensor;

import jdk.incubator.vector.FloatVector;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Root-mean-square normalization of each row of `[N, C]`, of which a row of a tensor may have
/// several. With `n = x * rstd`: `out = n * (offset + weight)`.
///
/// @param workers threads
/// @param rows N
/// @param columns C
/// @param offset added to the weight
record RmsNormKernel(Workers workers, int rows, int columns, float offset) {
    private static final int PARTIAL_SUMS = 0;

    /// Fewest rows whose part of the weight's gradient one unit sums, and most such parts.
    private static final int CHUNK_ROWS = 48;

    private static final int MAX_CHUNKS = 64;

    static Runnable bind(RmsNorm op, Binding binding) {
        RmsNormKernel kernel = of(op.x(), op.weight(), op.offset(), binding);
        MemorySegment x = binding.at(op.x());
        MemorySegment weight = binding.at(op.weight());
        MemorySegment out = binding.at(op.out());
        MemorySegment rstd = binding.at(op.rstd());
        return () -> kernel.forward(x, weight, out, rstd, op.epsilon());
    }

    static Runnable bind(RmsNorm.Backward op, Binding binding) {
        RmsNormKernel kernel = of(op.x(), op.weight(), op.offset(), binding);
        var gradient =
                new Gradient(
                        binding.at(op.x()),
                        binding.at(op.weight()),
                        binding.at(op.rstd()),
                        binding.at(op.dOut()),
                        binding.at(op.dX()),
                        binding.atOrNull(op.dWeight()),
                        binding.atOrNull(op.addend()));
        return () -> kernel.backward(gradient);
    }

    private static RmsNormKernel of(Tensor x, Tensor weight, double offset, Binding binding) {
        int columns = weight.columns();
        int rows = Math.toIntExact(x.elements() / columns);
        return new RmsNormKernel(binding.workers(), rows, columns, (float) offset);
    }

    private int width() {
        return Packing.roundUp(columns, Lanes.COUNT);
    }

    /// @param x `[N, C]`
    /// @param weight `[C]`
    /// @param out `[N, C]`
    /// @param rstd `[N]`
    private void forward(
            MemorySegment x,
            MemorySegment weight,
            MemorySegment out,
            MemorySegment rstd,
            double epsilon) {
        var parts = Partition.ofRows(rows, columns);
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    float[] row = scratch.floats(0, width());
                    float[] scales = scratch.floats(1, width());
                    loadScales(weight, scales);
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        load(x, 4L * i * columns, row);
                        double square = sumOfSquares(row, columns) / columns;
                        float rowRstd = (float) (1 / Math.sqrt(square + epsilon));
                        rstd.setAtIndex(ValueLayout.JAVA_FLOAT, i, rowRstd);
                        multiply(row, scales, columns);
                        Packing.store(row, 0, columns, rowRstd, out, 4L * i * columns);
                    }
                });
    }

    /// Loads a row, the rest of the last vector being 0.
    private void load(MemorySegment from, long at, float[] to) {
        Packing.rows(from, at, 0, 1, columns, to, 0);
        Arrays.fill(to, columns, width(), 0);
    }

    /// `offset + weight`, the rest of the last vector being finite.
    private void loadScales(MemorySegment weight, float[] scales) {
        load(weight, 0, scales);
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            Lanes.load(scales, j).add(offset).intoArray(scales, j);
        }
    }

    private static float sumOfSquares(float[] row, int columns) {
        FloatVector sum = Lanes.zero();
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            FloatVector x = Lanes.load(row, j);
            sum = x.fma(x, sum);
        }
        return Lanes.sum(sum);
    }

    private static void multiply(float[] row, float[] scales, int columns) {
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            Lanes.load(row, j).mul(Lanes.load(scales, j)).intoArray(row, j);
        }
    }

    /// What the gradient reads and writes.
    ///
    /// @param x `[N, C]`
    /// @param weight `[C]`
    /// @param rstd `[N]`
    /// @param dOut `[N, C]`
    /// @param dX `[N, C]`, assigned
    /// @param dWeight `[C]`, added to; or null
    /// @param addend `[N, C]`, added to dX; or null; may be dX
    private record Gradient(
            MemorySegment x,
            MemorySegment weight,
            MemorySegment rstd,
            MemorySegment dOut,
            MemorySegment dX,
            @Nullable MemorySegment dWeight,
            @Nullable MemorySegment addend) {}

    /// With `dN = dOut * (offset + weight)`: `dX = rstd * (dN - n * mean(dN * n)) + addend`,
    /// `dWeight += sum(dOut * n)` over rows.
    private void backward(Gradient g) {
        int width = width();
        int chunkRows = Math.max(CHUNK_ROWS, Math.ceilDiv(rows, MAX_CHUNKS));
        int chunks = Math.ceilDiv(rows, chunkRows);
        float[] sums = workers.shared(PARTIAL_SUMS, chunks * width);
        workers.run(
                chunks,
                (chunk, scratch) -> {
                    int base = chunk * width;
                    Arrays.fill(sums, base, base + width, 0);
                    float[] scales = scratch.floats(0, width);
                    loadScales(g.weight, scales);
                    float[] normal = scratch.floats(1, width);
                    float[] gradient = scratch.floats(2, width);
                    int end = Math.min(rows, (chunk + 1) * chunkRows);
                    for (int row = chunk * chunkRows; row < end; row++) {
                        backwardRow(g, row, scales, normal, gradient, sums, base);
                    }
                });
        if (g.dWeight != null) {
            ColumnSums.add(sums, 0, width, chunks, columns, g.dWeight);
        }
    }

    private void backwardRow(
            Gradient g,
            int row,
            float[] scales,
            float[] normal,
            float[] gradient,
            float[] sums,
            int base) {
        long at = 4L * row * columns;
        float rstd = g.rstd.getAtIndex(ValueLayout.JAVA_FLOAT, row);
        load(g.x, at, normal);
        load(g.dOut, at, gradient);
        addToSums(gradient, normal, rstd, sums, base, columns);
        float product = project(gradient, normal, scales, columns);
        combine(gradient, normal, rstd, -rstd * product / columns, columns);
        if (g.addend != null) {
            load(g.addend, at, normal);
            add(gradient, normal, columns);
        }
        MemorySegment.copy(gradient, 0, g.dX, ValueLayout.JAVA_FLOAT, at, columns);
    }

    /// Normalizes the row and adds its part of the weight's gradient.
    private static void addToSums(
            float[] gradient, float[] normal, float rstd, float[] sums, int base, int columns) {
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            FloatVector n = Lanes.load(normal, j).mul(rstd);
            n.intoArray(normal, j);
            Lanes.load(gradient, j).fma(n, Lanes.load(sums, base + j)).intoArray(sums, base + j);
        }
    }

    /// Multiplies the gradient by the weight; returns the sum of its products with the normalized
    /// row. The gradient is 0 beyond the last column.
    private static float project(float[] gradient, float[] normal, float[] scales, int columns) {
        FloatVector product = Lanes.zero();
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            FloatVector dNormal = Lanes.load(gradient, j).mul(Lanes.load(scales, j));
            dNormal.intoArray(gradient, j);
            product = dNormal.fma(Lanes.load(normal, j), product);
        }
        return Lanes.sum(product);
    }

    /// `gradient = rstd * gradient + slope * normal`.
    private static void combine(
            float[] gradient, float[] normal, float rstd, float slope, int columns) {
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            FloatVector projected = Lanes.load(normal, j).mul(slope);
            Lanes.load(gradient, j).fma(Lanes.broadcast(rstd), projected).intoArray(gradient, j);
        }
    }

    private static void add(float[] row, float[] addend, int columns) {
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            Lanes.load(row, j).add(Lanes.load(addend, j)).intoArray(row, j);
        }
    }
}
