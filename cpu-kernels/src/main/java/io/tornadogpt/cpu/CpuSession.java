package io.tornadogpt.cpu;

import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.backend.SingleUser;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.MemoryPlan;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Step;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.cpu.kernels.Binding;
import io.tornadogpt.cpu.kernels.Kernels;
import io.tornadogpt.cpu.kernels.Workers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Programs bound to off-heap memory, one block for each role of tensors. Every operation of a
/// program is bound to its kernel and its tensors' memory when the program runs first, so a run
/// only calls them in turn.
///
/// Parameters that no program writes are read in place where the session is lent them; there is no
/// block of parameters unless it is needed.
final class CpuSession implements Session {
    /// A slice of a resident tensor.
    private record Place(TensorSpec tensor, int slice) {}

    private final MemoryPlan plan;
    private final Workers workers;
    private final Arena arena = Arena.ofShared();
    private final Map<Role, MemorySegment> memory = new EnumMap<>(Role.class);
    private final Map<String, Program> programs = new LinkedHashMap<>();
    private final Map<String, List<Runnable>> bound = new HashMap<>();
    private final Set<TensorSpec> own = new HashSet<>();
    private final Map<Place, MemorySegment> lent = new HashMap<>();
    private final Set<Runnable> releases = new LinkedHashSet<>();
    private final @Nullable KernelTimes times;
    private final SingleUser user = new SingleUser("this session on the CPU");

    /// @param workers closed with the session
    CpuSession(List<Program> programs, MemoryPlan plan, Workers workers, boolean profiled) {
        this.plan = plan;
        this.workers = workers;
        times = profiled ? new KernelTimes() : null;
        for (Role role : Role.values()) {
            if (role != Role.PARAMETER) {
                memory(role);
            }
        }
        for (Program program : programs) {
            this.programs.put(program.name(), program);
            program.steps().forEach(step -> keep(step.op()));
        }
    }

    /// Notes the tensors that have to lie in the session's own memory: those that an operation
    /// writes, and stacks of which it reads several slices.
    private void keep(Op op) {
        op.outputs().forEach(tensor -> own.add(tensor.spec()));
        op.inputs().stream()
                .filter(tensor -> tensor.spec().stacked() && several(tensor.slice()))
                .forEach(tensor -> own.add(tensor.spec()));
    }

    private static boolean several(Slice slice) {
        return slice instanceof Slice.Whole || slice instanceof Slice.Range;
    }

    private List<Runnable> bind(Program program) {
        var kernels = new ArrayList<Runnable>();
        for (Step step : program.steps()) {
            var binding =
                    new Binding(
                            workers, step.layer(), tensor -> memory(program, tensor, step.layer()));
            Runnable kernel = Kernels.of(step.op(), binding);
            kernels.add(times == null ? kernel : times.timed(step.op(), kernel));
        }
        return List.copyOf(kernels);
    }

    private MemorySegment memory(Program program, Tensor tensor, int layer) {
        TensorSpec spec = tensor.spec();
        MemorySegment theirs = lent.get(new Place(spec, tensor.sliceAt(layer)));
        return theirs != null
                ? theirs
                : memory(spec.role()).asSlice(plan.offset(program, tensor, layer), tensor.bytes());
    }

    @Override
    public void run(String program) {
        Program known = programs.get(program);
        if (known == null) {
            throw new IllegalArgumentException(
                    "no program is named '%s'; this session has %s"
                            .formatted(program, programs.keySet()));
        }
        user.enter();
        try {
            List<Runnable> kernels = bound.computeIfAbsent(program, name -> bind(known));
            if (times == null) {
                kernels.forEach(Runnable::run);
            } else {
                times.run(kernels);
            }
        } finally {
            user.leave();
        }
    }

    @Override
    public Optional<Profile> profile() {
        return Optional.ofNullable(times).map(KernelTimes::take);
    }

    @Override
    public void write(TensorSpec tensor, int slice, MemorySegment values) {
        check(tensor, slice, values);
        user.enter();
        try {
            if (lent.remove(new Place(tensor, slice)) != null) {
                bound.clear();
            }
            slice(tensor, slice).copyFrom(values);
        } finally {
            user.leave();
        }
    }

    @Override
    public boolean lend(TensorSpec tensor, int slice, MemorySegment values, Runnable release) {
        check(tensor, slice, values);
        boolean aligned = values.address() % alignment(tensor.dtype()) == 0;
        if (tensor.role() != Role.PARAMETER || own.contains(tensor) || !aligned) {
            write(tensor, slice, values);
            return false;
        }
        lent.put(new Place(tensor, slice), values);
        releases.add(release);
        bound.clear();
        return true;
    }

    /// Blocks are read byte by byte.
    private static int alignment(DType type) {
        return type.quantized() ? 1 : type.blockBytes();
    }

    @Override
    public boolean holds(TensorSpec tensor) {
        return plan.holds(tensor);
    }

    @Override
    public void read(TensorSpec tensor, int slice, MemorySegment values) {
        check(tensor, slice, values);
        user.enter();
        try {
            values.copyFrom(slice(tensor, slice));
        } finally {
            user.leave();
        }
    }

    @Override
    public Optional<MemorySegment> view(TensorSpec tensor, int slice) {
        return lent.containsKey(new Place(tensor, slice))
                ? Optional.empty()
                : Optional.of(slice(tensor, slice));
    }

    private void check(TensorSpec tensor, int slice, MemorySegment values) {
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
        plan.offset(tensor); // knows it, or refuses it
    }

    private MemorySegment slice(TensorSpec tensor, int slice) {
        MemorySegment theirs = lent.get(new Place(tensor, slice));
        long offset = plan.offset(tensor) + slice * tensor.sliceBytes();
        return theirs != null ? theirs : memory(tensor.role()).asSlice(offset, tensor.sliceBytes());
    }

    /// A role's block, which starts as zeros.
    private MemorySegment memory(Role role) {
        return memory.computeIfAbsent(
                role, missing -> arena.allocate(plan.bytes(missing), MemoryPlan.ALIGNMENT));
    }

    @Override
    public long allocatedBytes() {
        boolean needsNone = !lent.isEmpty() && !memory.containsKey(Role.PARAMETER);
        return plan.bytes() - (needsNone ? plan.bytes(Role.PARAMETER) : 0);
    }

    @Override
    public void close() {
        user.enter(); // memory that a kernel works on must stay
        try {
            workers.close();
            if (arena.scope().isAlive()) {
                arena.close();
                releases.forEach(Runnable::run);
            }
        } finally {
            user.leave();
        }
    }
}
