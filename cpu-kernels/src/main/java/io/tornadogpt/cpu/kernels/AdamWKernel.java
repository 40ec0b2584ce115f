package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.AdamW;

import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One step of AdamW (Loshchilov and Hutter, 2019) in one pass over the memory.
///
/// @param beta1 decay of the first moment
/// @param beta2 decay of the second moment
/// @param epsilon added to the root of the second moment
/// @param weightDecay decoupled
record AdamWKernel(double beta1, double beta2, double epsilon, double weightDecay) {
    static Runnable bind(AdamW op, Binding binding) {
        AdamW.Settings settings = op.settings();
        var kernel =
                new AdamWKernel(
                        settings.beta1(),
                        settings.beta2(),
                        settings.epsilon(),
                        settings.weightDecay());
        MemorySegment parameter = binding.at(op.parameter());
        MemorySegment gradient = binding.at(op.gradient());
        MemorySegment m = binding.at(op.m());
        MemorySegment v = binding.at(op.v());
        MemorySegment scale = binding.at(op.scale());
        MemorySegment schedule = binding.at(op.schedule());
        return () -> kernel.step(binding.workers(), parameter, gradient, m, v, scale, schedule);
    }

    /// What does not differ from element to element.
    private record Factors(
            float gradient,
            float decay,
            float beta1,
            float beta2,
            float rest1,
            float rest2,
            float rate,
            float inverseRoot,
            float epsilon) {}

    /// Updates a parameter and its moments; leaves all as it is if `scale` is 0.
    ///
    /// @param parameter any size; updated
    /// @param gradient as `parameter`
    /// @param m first moment; updated
    /// @param v second moment; updated
    /// @param scale `[1]`: what the gradient is multiplied by
    /// @param schedule `[3]`: learning rate, `1 - beta1^t`, `sqrt(1 - beta2^t)`
    void step(
            Workers workers,
            MemorySegment parameter,
            MemorySegment gradient,
            MemorySegment m,
            MemorySegment v,
            MemorySegment scale,
            MemorySegment schedule) {
        Factors factors = factors(scale, schedule);
        if (factors.gradient == 0) {
            return;
        }
        var parts = Partition.ofBytes(parameter.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) ->
                        step(parameter, gradient, m, v, parts.from(unit), parts.to(unit), factors));
    }

    private Factors factors(MemorySegment scale, MemorySegment schedule) {
        double learningRate = schedule.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
        double correction1 = schedule.getAtIndex(ValueLayout.JAVA_FLOAT, 1);
        double root2 = schedule.getAtIndex(ValueLayout.JAVA_FLOAT, 2);
        return new Factors(
                scale.get(ValueLayout.JAVA_FLOAT, 0),
                (float) (1 - learningRate * weightDecay),
                (float) beta1,
                (float) beta2,
                (float) (1 - beta1),
                (float) (1 - beta2),
                (float) (-learningRate / correction1),
                (float) (1 / root2),
                (float) epsilon);
    }

    private static void step(
            MemorySegment parameter,
            MemorySegment gradient,
            MemorySegment m,
            MemorySegment v,
            long from,
            long to,
            Factors f) {
        long offset = from;
        for (; offset <= to - Lanes.BYTES; offset += Lanes.BYTES) {
            FloatVector g = Lanes.load(gradient, offset).mul(f.gradient);
            FloatVector first = Lanes.load(m, offset).mul(f.beta1).add(g.mul(f.rest1));
            FloatVector second = Lanes.load(v, offset).mul(f.beta2).add(g.mul(g).mul(f.rest2));
            FloatVector root = second.sqrt().mul(f.inverseRoot).add(f.epsilon);
            FloatVector p = Lanes.load(parameter, offset).mul(f.decay);
            Lanes.store(first, m, offset);
            Lanes.store(second, v, offset);
            Lanes.store(p.add(first.div(root).mul(f.rate)), parameter, offset);
        }
        for (; offset < to; offset += 4) {
            stepOne(parameter, gradient, m, v, offset, f);
        }
    }

    private static void stepOne(
            MemorySegment parameter,
            MemorySegment gradient,
            MemorySegment m,
            MemorySegment v,
            long offset,
            Factors f) {
        float g = gradient.get(ValueLayout.JAVA_FLOAT, offset) * f.gradient;
        float first = m.get(ValueLayout.JAVA_FLOAT, offset) * f.beta1 + g * f.rest1;
        float second = v.get(ValueLayout.JAVA_FLOAT, offset) * f.beta2 + g * g * f.rest2;
        float root = (float) Math.sqrt(second) * f.inverseRoot + f.epsilon;
        float p = parameter.get(ValueLayout.JAVA_FLOAT, offset) * f.decay;
        m.set(ValueLayout.JAVA_FLOAT, offset, first);
        v.set(ValueLayout.JAVA_FLOAT, offset, second);
        parameter.set(ValueLayout.JAVA_FLOAT, offset, p + first / root * f.rate);
    }
}
