package io.tornadogpt.cpu;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/// One operation on tensors of given shapes and seeded contents, to be run on any backend.
final class OpCase {
    private final String name;
    private final Random random;
    private final Map<TensorSpec, Object> contents = new LinkedHashMap<>();
    private final Op op;

    /// @param make makes the operation of tensors that it asks this case for
    OpCase(String name, Function<OpCase, Op> make) {
        this.name = name;
        this.random = new Random(name.hashCode());
        this.op = make.apply(this);
    }

    Op op() {
        return op;
    }

    /// A tensor of normally distributed numbers.
    Tensor normal(String tensor, int... shape) {
        return floats(tensor, random::nextGaussian, shape);
    }

    /// A tensor of numbers of at least 0.1.
    Tensor positive(String tensor, int... shape) {
        return floats(tensor, () -> 0.1 + Math.abs(random.nextGaussian()), shape);
    }

    private Tensor floats(String tensor, java.util.function.DoubleSupplier source, int... shape) {
        float[] values = new float[(int) Shape.of(shape).elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) source.getAsDouble();
        }
        return holding(tensor, values, shape);
    }

    /// A tensor of given numbers.
    Tensor holding(String tensor, float[] values, int... shape) {
        var spec = new TensorSpec(tensor, Shape.of(shape), DType.F32, Role.PARAMETER);
        contents.put(spec, values);
        return spec.whole();
    }

    /// A tensor of integers from `low` to `high`, exclusive.
    Tensor integers(String tensor, int low, int high, int... shape) {
        int[] values = random.ints(Shape.of(shape).elements(), low, high).toArray();
        return holding(tensor, values, shape);
    }

    /// A tensor of given integers.
    Tensor holding(String tensor, int[] values, int... shape) {
        var spec = new TensorSpec(tensor, Shape.of(shape), DType.I32, Role.INPUT);
        contents.put(spec, values);
        return spec.whole();
    }

    /// A tensor to be assigned: it starts as NaN.
    Tensor out(String tensor, int... shape) {
        float[] values = new float[(int) Shape.of(shape).elements()];
        Arrays.fill(values, Float.NaN);
        return holding(tensor, values, shape);
    }

    /// What all tensors hold after the operation, by name; integers are converted.
    Map<String, float[]> run(Backend backend, int threads) {
        var program = Program.builder("case").once("op", ops -> ops.accept(op)).build();
        try (Session session =
                backend.open(java.util.List.of(program), new ExecutionOptions(threads))) {
            contents.forEach((spec, values) -> session.write(spec, 0, segment(values)));
            session.run("case");
            var results = new LinkedHashMap<String, float[]>();
            for (TensorSpec spec : contents.keySet()) {
                results.put(spec.name(), floats(session, spec));
            }
            return results;
        }
    }

    private static float[] floats(Session session, TensorSpec spec) {
        if (spec.dtype() == DType.F32) {
            return session.readFloats(spec);
        }
        int[] integers = new int[Math.toIntExact(spec.elements())];
        session.read(spec, 0, MemorySegment.ofArray(integers));
        float[] floats = new float[integers.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = integers[i];
        }
        return floats;
    }

    private static MemorySegment segment(Object values) {
        return switch (values) {
            case float[] floats -> MemorySegment.ofArray(floats);
            case int[] ints -> MemorySegment.ofArray(ints);
            default -> throw new AssertionError(values);
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
