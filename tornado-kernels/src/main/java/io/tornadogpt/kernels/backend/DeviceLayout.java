package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.kernels.OpKernels;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// In which array on the device each tensor lies, and how large the arrays are; nothing is
/// allocated.
///
/// TornadoVM's arrays have no views, so tensors do not share one arena as on the CPU. A tensor that
/// outlives a run has an array of its own, all layers stacked. What the host writes before a run
/// and no kernel changes lies together in two arrays, the *inbox*, so that one transfer brings all
/// of it. Activations lie in *slots*, arrays that tensors use one after the other; an activation
/// that only lives within one round of a repeated segment takes the room of one layer.
final class DeviceLayout implements MemoryUse {
    /// Elements that are sent at a time where the host rewrites an array on the device.
    private static final long CHUNK = 1 << 20;

    /// One array on the device.
    ///
    /// @param name for people
    /// @param resident whether all graphs share it; others are sent at every execution
    record DeviceArray(String name, DType type, Role role, long elements, boolean resident) {
        long bytes() {
            return type.bytes(elements);
        }
    }

    /// Where a tensor lies.
    ///
    /// @param array number of the array
    /// @param offset elements before it
    /// @param collapsed whether all its slices lie at one place
    record Home(int array, long offset, boolean collapsed) {
        /// Where a slice begins, in [#sliceUnits].
        long start(TensorSpec spec, int slice) {
            return offset + (collapsed ? 0 : slice * sliceUnits(spec));
        }
    }

    /// What lies in an array for each slice of a tensor, counted as the array counts: in bytes for
    /// the types of fewer bits, in elements for all others.
    static long sliceUnits(TensorSpec spec) {
        return spec.dtype().rounds() ? spec.sliceBytes() : spec.shape().elements();
    }

    private final List<DeviceArray> arrays = new ArrayList<>();
    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
    private final Map<String, Home> residents = new HashMap<>();
    private final Map<String, Map<String, Home>> activations = new HashMap<>();
    private final int layer;
    private final int integerInbox;
    private final int floatInbox;
    private final int stagedIntegers;
    private final int stagedFloats;
    private final int where;
    private final int chunk;
    private final int chunkOfBytes;
    private final int floatScratch;
    private final int integerScratch;

    /// @throws IllegalArgumentException if programs declare a name differently
    DeviceLayout(List<Program> programs, Function<Op, OpKernels> lowering) {
        Set<String> written = new HashSet<>();
        for (Program program : programs) {
            ops(program).forEach(op -> op.outputs().forEach(t -> written.add(t.spec().name())));
            program.specs().forEach(spec -> declare(program, spec));
        }
        integerInbox = arrays.size();
        floatInbox = integerInbox + 1;
        // The first integer is 0: it stands for integers that are not there.
        long[] inbox = {1, 1};
        for (TensorSpec spec : specs.values()) {
            if (spec.role() == Role.INPUT && !written.contains(spec.name())) {
                int kind = spec.dtype() == DType.I32 ? 0 : 1;
                residents.put(spec.name(), new Home(integerInbox + kind, inbox[kind], false));
                inbox[kind] += spec.elements();
            }
        }
        add("inbox of integers", DType.I32, Role.INPUT, inbox[0], true);
        add("inbox", DType.F32, Role.INPUT, inbox[1], true);
        for (TensorSpec spec : specs.values()) {
            if (spec.role().resident() && !residents.containsKey(spec.name())) {
                int array = add(spec.name(), spec.dtype(), spec.role(), spec.elements(), true);
                residents.put(spec.name(), new Home(array, 0, false));
            }
        }
        placeActivations(programs);
        List<OpKernels> kernels =
                programs.stream().flatMap(DeviceLayout::ops).map(lowering).toList();
        floatScratch =
                scratch("scratch", DType.F32, kernels.stream().mapToInt(OpKernels::floatScratch));
        integerScratch =
                scratch(
                        "scratch of integers",
                        DType.I32,
                        kernels.stream().mapToInt(OpKernels::integerScratch));
        layer = add("layer", DType.I32, Role.INPUT, 1, false);
        stagedIntegers = add("integers sent", DType.I32, Role.INPUT, inbox[0], false);
        stagedFloats = add("sent", DType.F32, Role.INPUT, inbox[1], false);
        where = add("place of a chunk", DType.I32, Role.INPUT, 3, false);
        chunk = add("chunk", DType.F32, Role.INPUT, chunkElements(), false);
        chunkOfBytes = addChunkOfBytes();
    }

    /// @return -1 if no array has bytes
    private int addChunkOfBytes() {
        return arrays.stream().noneMatch(array -> array.type.rounds())
                ? -1
                : add("chunk of bytes", DType.BF16, Role.INPUT, CHUNK, false);
    }

    private static Stream<Op> ops(Program program) {
        return program.segments().stream().flatMap(segment -> segment.ops().stream());
    }

    private void declare(Program program, TensorSpec spec) {
        TensorSpec known = spec.role().resident() ? specs.putIfAbsent(spec.name(), spec) : null;
        if (known != null && !known.equals(spec)) {
            throw new IllegalArgumentException(
                    "program %s declares %s but another program of the session declares %s"
                            .formatted(program.name(), spec, known));
        }
    }

    private int add(String name, DType type, Role role, long elements, boolean resident) {
        arrays.add(new DeviceArray(name, type, role, elements, resident));
        return arrays.size() - 1;
    }

    private void placeActivations(List<Program> programs) {
        Map<DType, List<Integer>> slots = new HashMap<>();
        for (Program program : programs) {
            var homes = new HashMap<String, Home>();
            var needed = new ActivationSlots(program);
            for (DType type : DType.values()) {
                List<Integer> numbers = slots.computeIfAbsent(type, _ -> new ArrayList<>());
                List<ActivationSlots.Slot> wanted = needed.of(type);
                for (int i = 0; i < wanted.size(); i++) {
                    ActivationSlots.Slot slot = wanted.get(i);
                    if (i == numbers.size()) {
                        numbers.add(add("slot " + i, type, Role.ACTIVATION, 0, true));
                    }
                    int array = numbers.get(i);
                    DeviceArray old = arrays.get(array);
                    long elements = Math.max(old.elements, slot.elements());
                    arrays.set(
                            array,
                            new DeviceArray(old.name, type, Role.ACTIVATION, elements, true));
                    slot.tenants()
                            .forEach(t -> homes.put(t.name(), new Home(array, 0, t.collapsed())));
                }
            }
            activations.put(program.name(), homes);
        }
    }

    private int scratch(String name, DType type, IntStream needed) {
        int elements = needed.max().orElse(0);
        return add(name, type, Role.ACTIVATION, Math.max(1, elements), true);
    }

    private long chunkElements() {
        return arrays.stream()
                .filter(a -> a.role != Role.ACTIVATION && !a.type.rounds())
                .mapToLong(DeviceArray::elements)
                .map(elements -> Math.min(CHUNK, elements))
                .max()
                .orElse(1);
    }

    /// All arrays; their numbers are the positions in this list.
    List<DeviceArray> arrays() {
        return arrays;
    }

    /// The tensors that outlive a run, by name.
    Map<String, TensorSpec> specs() {
        return specs;
    }

    /// Where a tensor lies that outlives a run.
    ///
    /// @throws IllegalArgumentException if no program names it
    Home home(TensorSpec spec) {
        Home home = residents.get(spec.name());
        if (home == null || !spec.equals(specs.get(spec.name()))) {
            throw new IllegalArgumentException(
                    "no program of this session names %s; it knows %s"
                            .formatted(spec, specs.keySet()));
        }
        return home;
    }

    /// Where a tensor of a program lies.
    Home home(Program program, TensorSpec spec) {
        Home home =
                spec.role().resident()
                        ? residents.get(spec.name())
                        : activations.getOrDefault(program.name(), Map.of()).get(spec.name());
        if (home == null) {
            throw new IllegalArgumentException("program " + program.name() + " has no " + spec);
        }
        return home;
    }

    int layer() {
        return layer;
    }

    /// What the host writes before a run, on the device; the integers start with a 0.
    int inbox(DType type) {
        return type == DType.I32 ? integerInbox : floatInbox;
    }

    /// What the host writes before a run, on its way to the device.
    int staged(DType type) {
        return type == DType.I32 ? stagedIntegers : stagedFloats;
    }

    boolean isInbox(int array) {
        return array == integerInbox || array == floatInbox;
    }

    /// `[3]`: into which array, from which element on and how many elements of a chunk go.
    int where() {
        return where;
    }

    /// Elements on their way into an array that already is on the device.
    int chunk() {
        return chunk;
    }

    /// The same for arrays of bytes; -1 if there are none.
    int chunkOfBytes() {
        return chunkOfBytes;
    }

    int scratch(DType type) {
        return type == DType.I32 ? integerScratch : floatScratch;
    }

    @Override
    public long bytes(Role role) {
        return arrays.stream().filter(a -> a.role == role).mapToLong(DeviceArray::bytes).sum();
    }

    /// The largest array.
    DeviceArray largest() {
        return arrays.stream()
                .max((a, b) -> Long.compare(a.bytes(), b.bytes()))
                .orElseThrow(); // there is always an inbox
    }
}
