package io.tornadogpt.cpu;

import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.program.MemoryPlan;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Step;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.cpu.kernels.Workers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Programs bound to off-heap memory, one block for each role of tensors. Every operation is bound
/// to its kernel and its tensors' memory when the session is opened, so a run only calls them in
/// turn.
final class CpuSession implements Session {
    private final MemoryPlan plan;
    private final Workers workers;
    private final Arena arena = Arena.ofShared();
    private final Map<Role, MemorySegment> memory = new EnumMap<>(Role.class);
    private final Map<String, List<Runnable>> programs = new LinkedHashMap<>();
    private final @Nullable KernelTimes times;

    /// @param workers closed with the session
    CpuSession(List<Program> programs, MemoryPlan plan, Workers workers, boolean profiled) {
        this.plan = plan;
        this.workers = workers;
        times = profiled ? new KernelTimes() : null;
        for (Role role : Role.values()) {
            memory.put(role, arena.allocate(plan.bytes(role), MemoryPlan.ALIGNMENT));
        }
        for (Program program : programs) {
            this.programs.put(program.name(), bind(program));
        }
    }

    private List<Runnable> bind(Program program) {
        var kernels = new ArrayList<Runnable>();
        for (Step step : program.steps()) {
            var binding =
                    new Binding(
                            workers,
                            step.layer(),
                            tensor ->
                                    memory(tensor.spec().role())
                                            .asSlice(
                                                    plan.offset(program, tensor, step.layer()),
                                                    tensor.bytes()));
            Runnable kernel = binding.kernel(step.op());
            kernels.add(times == null ? kernel : times.timed(step.op(), kernel));
        }
        return List.copyOf(kernels);
    }

    @Override
    public void run(String program) {
        List<Runnable> kernels = programs.get(program);
        if (kernels == null) {
            throw new IllegalArgumentException(
                    "no program is named '%s'; this session has %s"
                            .formatted(program, programs.keySet()));
        }
        if (times == null) {
            kernels.forEach(Runnable::run);
        } else {
            times.run(kernels);
        }
    }

    @Override
    public Optional<Profile> profile() {
        return Optional.ofNullable(times).map(KernelTimes::take);
    }

    @Override
    public void write(TensorSpec tensor, int slice, MemorySegment values) {
        slice(tensor, slice, values).copyFrom(values);
    }

    @Override
    public void read(TensorSpec tensor, int slice, MemorySegment values) {
        values.copyFrom(slice(tensor, slice, values));
    }

    private MemorySegment slice(TensorSpec tensor, int slice, MemorySegment values) {
        if (slice < 0 || slice >= tensor.slices()) {
            throw new IllegalArgumentException(
                    "%s has no slice %d; it has %d"
                            .formatted(tensor.name(), slice, tensor.slices()));
        }
        if (values.byteSize() != tensor.sliceBytes()) {
            throw new IllegalArgumentException(
                    "%s: %d bytes given, but a slice of %s has %d"
                            .formatted(
                                    tensor.name(),
                                    values.byteSize(),
                                    tensor.shape(),
                                    tensor.sliceBytes()));
        }
        long offset = plan.offset(tensor) + slice * tensor.sliceBytes();
        return memory(tensor.role()).asSlice(offset, tensor.sliceBytes());
    }

    private MemorySegment memory(Role role) {
        return Objects.requireNonNull(memory.get(role));
    }

    @Override
    public long allocatedBytes() {
        return memory.values().stream().mapToLong(MemorySegment::byteSize).sum();
    }

    @Override
    public void close() {
        workers.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
