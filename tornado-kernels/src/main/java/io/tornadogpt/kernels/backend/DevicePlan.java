package io.tornadogpt.kernels.backend;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;
import static uk.ac.manchester.tornado.api.enums.DataTransferMode.FIRST_EXECUTION;

import static java.util.Comparator.comparingLong;

import io.tornadogpt.core.backend.DeviceException;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Segment;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.kernels.DeviceTensors;
import io.tornadogpt.kernels.Launch;
import io.tornadogpt.kernels.OpKernels;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// All graphs of a session in one TornadoVM execution plan, chained as
/// docs/decisions/0010-tornado-task-graphs.md says.
///
/// Graph 0 brings all resident arrays to the device. Every other graph consumes all of them from
/// the graph before and persists all of them, so that any graph may follow any other: `receive`
/// takes over what the host wrote before a run, `store` rewrites a part of an array, and each
/// segment of each program is a graph, or several where one would be too long. A repeated segment
/// is executed once for each layer; the layer's number is sent along.
final class DevicePlan implements AutoCloseable {
    /// Tasks of a graph: 8,192 bytes of graph code hold 71 tasks of 20 arguments each.
    private static final int MOST_TASKS = 71;

    private static final int OPENING = 0;

    private final DeviceLayout layout;
    private final DeviceArrays arrays;
    private final Object[] resident;
    private final List<ImmutableTaskGraph> graphs = new ArrayList<>();
    private final List<Contents> contents = new ArrayList<>();
    private final GridScheduler grids = new GridScheduler();
    private final Map<String, List<Round>> programs = new HashMap<>();
    private final int receiving;
    private final int storing;
    private final TornadoExecutionPlan plan;
    private final TornadoDevice device;

    /// The graphs that ran before, and so are compiled.
    private final Set<Integer> compiled = new HashSet<>();

    private final @Nullable DeviceTimes times;

    /// What is on the host as it is on the device.
    private final Set<Integer> fetched = new HashSet<>();

    private TornadoExecutionResult last;

    /// One segment: its graphs, in order, for one layer after the other.
    private record Round(Segment segment, List<Integer> graphs) {}

    /// What is in a graph.
    ///
    /// @param tasks how many, with those of the plan itself
    /// @param launches the tasks of ops
    private record Contents(String name, int tasks, List<Launch> launches) {}

    /// @param filled arrays that the host has written; the others start as zeros
    /// @param captured whether graphs are replayed as CUDA graphs after their first execution
    DevicePlan(
            DeviceLayout layout,
            DeviceArrays arrays,
            List<Program> programs,
            Function<Op, OpKernels> lowering,
            Predicate<Integer> filled,
            TornadoDevice device,
            boolean profiled,
            boolean captured) {
        long start = System.nanoTime();
        this.layout = layout;
        this.arrays = arrays;
        this.device = device;
        resident = arrays.resident();
        add("open", 0, List.of(), opening(filled));
        receiving = add("receive", 1, List.of(), receiving());
        storing = add("store", 0, List.of(), storing());
        for (Program program : programs) {
            this.programs.put(program.name(), rounds(program, lowering));
        }
        plan = new TornadoExecutionPlan(graphs.toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device);
        if (!grids.keySet().isEmpty()) { // an empty one is a NullPointerException in 5.2
            plan.withGridScheduler(grids);
        }
        if (captured) { // before the first execution, which captures
            plan.withCUDAGraph();
        }
        if (profiled) {
            plan.withProfiler(ProfilerMode.SILENT);
        }
        times = profiled ? new DeviceTimes() : null;
        if (times != null) {
            times.build(System.nanoTime() - start);
        }
        last = execute(OPENING);
    }

    private int add(String name, int tasks, List<Launch> launches, TaskGraph graph) {
        graphs.add(graph.persistOnDevice(resident).snapshot());
        contents.add(new Contents(name, tasks, launches));
        return graphs.size() - 1;
    }

    private TaskGraph opening(Predicate<Integer> filled) {
        List<Integer> floats = arrays.resident(FloatArray.class);
        List<FloatArray[]> touched = groups(floats.stream().filter(filled).toList());
        // By size, for arrays of one group are zeroed side by side; the largest first, so that
        // arrays of no use stand beside small ones.
        List<FloatArray[]> zeroed =
                groups(
                        floats.stream()
                                .filter(filled.negate())
                                .sorted(comparingLong(a -> -layout.arrays().get(a).elements()))
                                .toList());
        var graph = new TaskGraph("open");
        touched.forEach(a -> graph.transferToDevice(FIRST_EXECUTION, (Object[]) a));
        zeroed.forEach(a -> graph.transferToDevice(FIRST_EXECUTION, (Object[]) a));
        int task = 0;
        for (FloatArray[] a : touched) {
            graph.task(
                    "touch" + task++,
                    PlanKernels::touchEight,
                    a[0],
                    a[1],
                    a[2],
                    a[3],
                    a[4],
                    a[5],
                    a[6],
                    a[7]);
        }
        for (FloatArray[] a : zeroed) {
            graph.task(
                    "zero" + task++,
                    PlanKernels::zeroEight,
                    a[0],
                    a[1],
                    a[2],
                    a[3],
                    a[4],
                    a[5],
                    a[6],
                    a[7],
                    a[0].getSize(),
                    a[1].getSize(),
                    a[2].getSize(),
                    a[3].getSize(),
                    a[4].getSize(),
                    a[5].getSize(),
                    a[6].getSize(),
                    a[7].getSize(),
                    Arrays.stream(a).mapToInt(FloatArray::getSize).max().orElseThrow());
        }
        for (int array : arrays.resident(IntArray.class)) {
            graph.transferToDevice(FIRST_EXECUTION, arrays.integers(array));
            graph.task("touch" + task++, PlanKernels::touchIntegers, arrays.integers(array));
        }
        for (int array : arrays.resident(ByteArray.class)) {
            graph.transferToDevice(FIRST_EXECUTION, arrays.bytes(array));
            graph.task("touch" + task++, PlanKernels::touchBytes, arrays.bytes(array));
        }
        return graph;
    }

    /// The arrays in groups of eight; arrays of no use fill the last group up.
    private List<FloatArray[]> groups(List<Integer> numbers) {
        var groups = new ArrayList<FloatArray[]>();
        for (int i = 0; i < numbers.size(); i += PlanKernels.GROUP) {
            var group = new FloatArray[PlanKernels.GROUP];
            for (int k = 0; k < group.length; k++) {
                group[k] =
                        i + k < numbers.size()
                                ? arrays.floats(numbers.get(i + k))
                                : new FloatArray(1);
            }
            groups.add(group);
        }
        return groups;
    }

    private TaskGraph next(String name) {
        return new TaskGraph(name).consumeFromDevice(resident);
    }

    private TaskGraph receiving() {
        IntArray integers = arrays.integers(layout.staged(DType.I32));
        FloatArray floats = arrays.floats(layout.staged(DType.F32));
        return next("receive")
                .transferToDevice(EVERY_EXECUTION, integers, floats)
                .task(
                        "receive",
                        PlanKernels::receive,
                        integers,
                        floats,
                        arrays.integers(layout.inbox(DType.I32)),
                        arrays.floats(layout.inbox(DType.F32)),
                        integers.getSize(),
                        floats.getSize());
    }

    private TaskGraph storing() {
        IntArray where = arrays.integers(layout.where());
        FloatArray chunk = arrays.floats(layout.chunk());
        TaskGraph graph = next("store").transferToDevice(EVERY_EXECUTION, where, chunk);
        List<FloatArray[]> groups = groups(arrays.resident(FloatArray.class));
        for (int i = 0; i < groups.size(); i++) {
            FloatArray[] a = groups.get(i);
            if (i == groups.size() - 1) { // the arrays of no use are new to the device
                graph.transferToDevice(FIRST_EXECUTION, unknown(a));
            }
            graph.task(
                    "store" + i,
                    PlanKernels::storeInEight,
                    where,
                    chunk,
                    a[0],
                    a[1],
                    a[2],
                    a[3],
                    a[4],
                    a[5],
                    a[6],
                    a[7],
                    i * PlanKernels.GROUP,
                    chunk.getSize());
        }
        if (layout.chunkOfBytes() >= 0) {
            ByteArray bytes = arrays.bytes(layout.chunkOfBytes());
            graph.transferToDevice(EVERY_EXECUTION, bytes);
            for (int array : arrays.resident(ByteArray.class)) {
                graph.task(
                        "storeBytes" + array,
                        PlanKernels::storeBytes,
                        where,
                        bytes,
                        arrays.bytes(array),
                        numberOfBytes(array),
                        bytes.getSize());
            }
        }
        return graph;
    }

    /// The number of an array of bytes, apart from those of all others.
    private int numberOfBytes(int array) {
        return arrays.resident(FloatArray.class).size() + PlanKernels.GROUP + array;
    }

    private Object[] unknown(FloatArray[] group) {
        List<Object> known = Arrays.asList(resident);
        return Arrays.stream(group).filter(array -> !known.contains(array)).toArray();
    }

    private List<Round> rounds(Program program, Function<Op, OpKernels> lowering) {
        DeviceTensors tensors = arrays.of(program);
        var rounds = new ArrayList<Round>();
        for (Segment segment : program.segments()) {
            List<Launch> launches = SharedLaunches.of(program, segment, lowering, tensors);
            var numbers = new ArrayList<Integer>();
            for (int i = 0; i < launches.size(); i += MOST_TASKS) {
                int end = Math.min(launches.size(), i + MOST_TASKS);
                String name = "g" + graphs.size();
                List<Launch> part = launches.subList(i, end);
                String readable = program.name() + "." + segment.name();
                numbers.add(add(readable, part.size(), part, graph(name, part)));
            }
            rounds.add(new Round(segment, numbers));
        }
        return rounds;
    }

    private TaskGraph graph(String name, List<Launch> launches) {
        TaskGraph graph =
                next(name).transferToDevice(EVERY_EXECUTION, arrays.integers(layout.layer()));
        for (int i = 0; i < launches.size(); i++) {
            Launch launch = launches.get(i);
            String task = launch.kernel() + i;
            try {
                launch.adding().accept(graph, task);
            } catch (RuntimeException | Error e) {
                throw failure(launch, e);
            }
            if (launch.grid() != null) {
                grids.addWorkerGrid(name + "." + task, launch.grid());
            }
        }
        return graph;
    }

    private TornadoExecutionResult execute(int graph) {
        fetched.clear();
        boolean first = compiled.add(graph);
        long start = System.nanoTime();
        try {
            TornadoExecutionResult result = plan.withGraph(graph).execute();
            if (times != null) {
                int tasks = contents.get(graph).tasks;
                times.add(graph == OPENING, first, tasks, System.nanoTime() - start, result);
            }
            return result;
        } catch (RuntimeException | Error e) { // TornadoVM's compiler throws errors
            rethrowIfOutOfMemory(e);
            if (first) {
                requireCompiled(contents.get(graph).launches);
            }
            throw DeviceFailure.ofGraph(contents.get(graph).name, description(), e);
        }
    }

    /// Compiles kernels one by one, for a graph that does not compile does not say which is at
    /// fault.
    ///
    /// @throws DeviceFailure for the first kernel that does not compile
    private void requireCompiled(List<Launch> launches) {
        for (Launch launch : launches) {
            try {
                var graph = new TaskGraph("alone");
                launch.adding().accept(graph, launch.kernel());
                var alone = new TornadoExecutionPlan(graph.snapshot());
                alone.withDevice(device);
                if (launch.grid() != null) {
                    var grid = new GridScheduler();
                    grid.addWorkerGrid("alone." + launch.kernel(), launch.grid());
                    alone.withGridScheduler(grid);
                }
                alone.withPreCompilation();
            } catch (RuntimeException | Error e) {
                throw failure(launch, e);
            }
        }
    }

    private DeviceFailure failure(Launch launch, Throwable cause) {
        rethrowIfOutOfMemory(cause);
        return DeviceFailure.ofKernel(launch.kernel(), description(), cause);
    }

    /// That memory is full says nothing about a kernel.
    private static void rethrowIfOutOfMemory(Throwable failure) {
        if (failure instanceof OutOfMemoryError full) {
            throw full;
        }
    }

    private String description() {
        return TornadoDevices.describe(device);
    }

    /// Takes over what the host wrote.
    void receive() {
        last = execute(receiving);
    }

    /// Runs a program to its end.
    void run(String program) {
        IntArray layer = arrays.integers(layout.layer());
        for (Round round : programs.getOrDefault(program, List.of())) {
            for (int i = 0; i < round.segment.repeat(); i++) {
                layer.set(0, round.segment.layer(i));
                for (int graph : round.graphs) {
                    last = execute(graph);
                }
            }
        }
    }

    /// Rewrites a part of an array on the device.
    ///
    /// @param first as [DeviceLayout.Home#start] counts
    void store(int array, long first, MemorySegment values) {
        IntArray where = arrays.integers(layout.where());
        boolean ofBytes = layout.arrays().get(array).type().rounds();
        TornadoNativeArray chunk = arrays.get(ofBytes ? layout.chunkOfBytes() : layout.chunk());
        int unit = chunk.getElementSize();
        long bytes = values.byteSize();
        long step = chunk.getSegment().byteSize();
        where.set(
                0,
                ofBytes ? numberOfBytes(array) : arrays.resident(FloatArray.class).indexOf(array));
        for (long at = 0; at < bytes; at += step) {
            long size = Math.min(step, bytes - at);
            MemorySegment.copy(values, at, chunk.getSegment(), 0, size);
            where.set(1, Math.toIntExact(first + at / unit));
            where.set(2, Math.toIntExact(size / unit));
            last = execute(storing);
        }
    }

    /// Copies an array to the host, unless it is there as it is on the device.
    void fetch(int array) {
        if (fetched.add(array)) {
            last.transferToHost(arrays.get(array));
        }
    }

    /// Where the time went since this was asked last, if it was to be measured.
    Optional<Profile> profile() {
        return Optional.ofNullable(times).map(DeviceTimes::take);
    }

    @Override
    public void close() {
        try {
            // A plan frees what the selected graphs have brought to the device. Nearly all is the
            // opening graph's. All graphs at once would free what several of them name twice, which
            // TornadoVM refuses.
            plan.withGraph(OPENING);
            plan.close();
        } catch (TornadoExecutionPlanException e) {
            throw new DeviceException("the device's memory could not be freed", e);
        }
    }
}
