package io.tornadogpt.core.reference;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.backend.SingleUser;
import io.tornadogpt.core.program.MemoryPlan;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Step;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/// Programs and their tensors, laid out as the [MemoryPlan] says, activations sharing memory
/// included. Activations are NaN at the start of every run, so that a program cannot live on what
/// the run before left behind.
public final class ReferenceSession implements Session {
    private final Map<String, Program> programs = new LinkedHashMap<>();
    private final SingleUser user = new SingleUser("this session on the reference device");
    private final MemoryPlan plan;
    private final Arena arena = Arena.ofShared();
    private final Map<Role, MemorySegment> memory = new EnumMap<>(Role.class);

    ReferenceSession(List<Program> programs, MemoryPlan plan) {
        programs.forEach(program -> this.programs.put(program.name(), program));
        this.plan = plan;
        for (Role role : Role.values()) {
            if (plan.bytes(role) > 0) {
                memory.put(role, arena.allocate(plan.bytes(role), MemoryPlan.ALIGNMENT));
            }
        }
    }

    @Override
    public void run(String name) {
        Program program = programs.get(name);
        if (program == null) {
            throw new IllegalArgumentException(
                    "this session has no program '%s'; it has %s"
                            .formatted(name, programs.keySet()));
        }
        user.enter();
        try {
            forgetActivations();
            for (Step step : program.steps()) {
                int layer = step.layer();
                Interpreter.execute(
                        step.op(), new Frame(tensor -> elements(program, tensor, layer), layer));
            }
        } finally {
            user.leave();
        }
    }

    private void forgetActivations() {
        MemorySegment activations = memory.get(Role.ACTIVATION);
        if (activations != null) {
            long count = activations.byteSize() / Double.BYTES;
            LongStream.range(0, count)
                    .forEach(i -> activations.setAtIndex(JAVA_DOUBLE, i, Double.NaN));
        }
    }

    private MemorySegment elements(Program program, Tensor tensor, int layer) {
        long bytes = ReferenceBackend.bytes(tensor.dtype(), tensor.elements());
        return memory(tensor.spec()).asSlice(plan.offset(program, tensor, layer), bytes);
    }

    private MemorySegment memory(TensorSpec spec) {
        MemorySegment segment = memory.get(spec.role());
        if (segment == null) {
            throw new IllegalArgumentException("this session has no tensor " + spec.name());
        }
        return segment;
    }

    @Override
    public void write(TensorSpec tensor, int slice, MemorySegment values) {
        MemorySegment elements = slice(tensor, slice);
        checkSize(tensor, tensor.sliceBytes(), values.byteSize());
        if (tensor.dtype() == DType.I32) {
            elements.copyFrom(values);
            return;
        }
        float[] floats = tensor.dtype().decode(values);
        for (int i = 0; i < floats.length; i++) {
            elements.setAtIndex(JAVA_DOUBLE, i, floats[i]);
        }
    }

    @Override
    public boolean holds(TensorSpec tensor) {
        return plan.holds(tensor);
    }

    @Override
    public void read(TensorSpec tensor, int slice, MemorySegment values) {
        MemorySegment elements = slice(tensor, slice);
        checkSize(tensor, tensor.sliceBytes(), values.byteSize());
        if (tensor.dtype() == DType.I32) {
            values.copyFrom(elements);
            return;
        }
        var floats = new float[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) elements.getAtIndex(JAVA_DOUBLE, i);
        }
        values.copyFrom(tensor.dtype().encode(floats));
    }

    /// Writes one slice of an F32 tensor without rounding to float.
    public void writeDoubles(TensorSpec tensor, int slice, double... values) {
        checkSize(tensor, tensor.shape().elements() * Double.BYTES, 8L * values.length);
        MemorySegment.copy(values, 0, slice(tensor, slice), JAVA_DOUBLE, 0, values.length);
    }

    /// Reads one slice of an F32 tensor without rounding to float.
    @Override
    public double[] readDoubles(TensorSpec tensor, int slice) {
        return slice(tensor, slice).toArray(JAVA_DOUBLE);
    }

    private MemorySegment slice(TensorSpec tensor, int slice) {
        if (slice < 0 || slice >= tensor.slices()) {
            throw new IllegalArgumentException(
                    "%s has no slice %d; expected 0 to %d"
                            .formatted(tensor.name(), slice, tensor.slices() - 1));
        }
        long bytes = ReferenceBackend.bytes(tensor.dtype(), tensor.shape().elements());
        long offset = plan.offset(tensor) + slice * bytes;
        return memory(tensor).asSlice(offset, bytes);
    }

    private static void checkSize(TensorSpec tensor, long expected, long actual) {
        if (actual != expected) {
            throw new IllegalArgumentException(
                    "a slice of %s %s has %d bytes but %d were given"
                            .formatted(tensor.name(), tensor.shape(), expected, actual));
        }
    }

    @Override
    public long allocatedBytes() {
        return memory.values().stream().mapToLong(MemorySegment::byteSize).sum();
    }

    @Override
    public void close() {
        arena.close();
    }
}
