package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.GradientNorm;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// The Euclidean norm of all gradients together.
final class GradientNormKernel {
    private static final VectorSpecies<Double> DOUBLES =
            VectorSpecies.of(double.class, Lanes.FLOATS.vectorShape());

    private GradientNormKernel() {}

    static Runnable bind(GradientNorm op, Binding binding) {
        List<MemorySegment> gradients = op.gradients().stream().map(binding::at).toList();
        MemorySegment norm = binding.at(op.norm());
        return () -> norm(binding.workers(), gradients, norm);
    }

    /// Part of a gradient that one unit sums.
    private record Chunk(MemorySegment gradient, long from, long to) {}

    /// `norm = sqrt(sum of squares)`, summed in double precision.
    ///
    /// @param gradients any sizes
    /// @param norm `[1]`
    private static void norm(Workers workers, List<MemorySegment> gradients, MemorySegment norm) {
        List<Chunk> chunks = new ArrayList<>();
        for (MemorySegment gradient : gradients) {
            var parts = Partition.ofBytes(gradient.byteSize());
            for (int unit = 0; unit < parts.units(); unit++) {
                chunks.add(new Chunk(gradient, parts.from(unit), parts.to(unit)));
            }
        }
        double[] sums = new double[chunks.size()];
        workers.run(
                chunks.size(),
                (unit, scratch) -> {
                    Chunk chunk = chunks.get(unit);
                    sums[unit] =
                            sumOfSquares(
                                    chunk.gradient,
                                    chunk.from,
                                    chunk.to,
                                    scratch.doubles(DOUBLES.length()));
                });
        double total = 0;
        for (double sum : sums) {
            total += sum;
        }
        norm.set(ValueLayout.JAVA_FLOAT, 0, (float) Math.sqrt(total));
    }

    private static double sumOfSquares(MemorySegment x, long from, long to, double[] lanes) {
        DoubleVector low = DoubleVector.zero(DOUBLES);
        DoubleVector high = low;
        long offset = from;
        for (; offset <= to - Lanes.BYTES; offset += Lanes.BYTES) {
            FloatVector floats = Lanes.load(x, offset);
            var first = (DoubleVector) floats.convertShape(VectorOperators.F2D, DOUBLES, 0);
            var second = (DoubleVector) floats.convertShape(VectorOperators.F2D, DOUBLES, 1);
            low = first.fma(first, low);
            high = second.fma(second, high);
        }
        low.add(high).intoArray(lanes, 0);
        double sum = 0;
        for (int i = 0; i < DOUBLES.length(); i++) {
            sum += lanes[i];
        }
        for (; offset < to; offset += 4) {
            double value = x.get(ValueLayout.JAVA_FLOAT, offset);
            sum += value * value;
        }
        return sum;
    }
}
