package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// A graph within a plan: its table from arrays to device buffers, which lasts as long as the plan.
final class GraphRun {

    private final GraphDefinition graph;
    private final List<KernelCode> kernels = new ArrayList<>();
    private final IdentityHashMap<TornadoNativeArray, DeviceBuffer> buffers =
            new IdentityHashMap<>();
    private boolean executed;

    GraphRun(GraphDefinition graph, Limits limits) {
        this.graph = graph;
        for (TaskDefinition task : graph.tasks()) {
            KernelCode kernel = KernelCode.of(graph.name() + "." + task.id(), task.code());
            KernelCheck.code(kernel, task, limits);
            kernels.add(kernel);
        }
        if (graph.tasks().isEmpty()) {
            throw EmulatorFinding.of(Kind.GRAPH_LIMIT)
                    .saying("graph '" + name() + "' has no task; TornadoVM needs one");
        }
        checkTransfers();
    }

    private void checkTransfers() {
        for (TornadoNativeArray array : graph.consumed()) {
            if (graph.copiedInAlways().contains(array) || graph.copiedInOnce().contains(array)) {
                throw finding(
                        Kind.TRANSFER,
                        array,
                        "consumes an array from the device and transfers it from the host as"
                                + " well; TornadoVM drops the transfer. Send another array and"
                                + " copy it with a task");
            }
        }
    }

    String name() {
        return graph.name();
    }

    void execute(
            @Nullable GraphRun previous,
            Function<String, @Nullable NDRange> grids,
            Function<WorkItem, Object> contexts,
            Monitor monitor,
            Limits limits,
            Times times) {
        takeOver(previous);
        allocate(monitor, limits);
        times.in(this::copyIn);
        checkHostChanges();
        for (int i = 0; i < kernels.size(); i++) {
            TaskDefinition task = graph.tasks().get(i);
            KernelCode kernel = kernels.get(i);
            times.kernel(() -> runTask(task, kernel, grids, contexts, monitor, limits));
            for (Object argument : task.arguments()) {
                if (argument instanceof TornadoNativeArray array) {
                    times.sent(buffer(array).taskEnded());
                }
            }
        }
        times.out(this::copyOutDeclared);
        executed = true;
        buffers.forEach((array, buffer) -> buffer.outdates(array));
    }

    private void copyOutDeclared() {
        copyOut(graph.copiedOutAlways());
        if (!executed) {
            copyOut(graph.copiedOutOnce());
        }
    }

    /// Refuses to go on with what the device was sent at the first execution if the host has
    /// changed it since.
    private void checkHostChanges() {
        buffers.forEach(
                (array, buffer) -> {
                    long changed = buffer.firstChange(array);
                    if (changed >= 0) {
                        throw changed(array, Math.toIntExact(changed));
                    }
                });
    }

    private EmulatorFinding changed(TornadoNativeArray array, int index) {
        return EmulatorFinding.of(Kind.TRANSFER)
                .buffer(bufferName(array))
                .index(index)
                .saying(
                        "graph '"
                                + name()
                                + "' uses "
                                + nameOf(array)
                                + " as the device was sent it once, and the host has changed"
                                + " element "
                                + index
                                + " since, which the device does not see. Transfer it with"
                                + " EVERY_EXECUTION, or write it before the first execution");
    }

    private EmulatorFinding lost(TornadoNativeArray array, DeviceBuffer buffer) {
        return EmulatorFinding.of(Kind.TRANSFER)
                .kernel(buffer.lastWriter())
                .buffer(bufferName(array))
                .saying(
                        "what it made of "
                                + nameOf(array)
                                + " is overwritten by the same elements of the host at the next"
                                + " execution, before anything has read it: the array is kept on"
                                + " the device and transferred with EVERY_EXECUTION. Transfer it"
                                + " with FIRST_EXECUTION, or bring it back each time");
    }

    /// Takes buffers over from the graph that ran just before, whatever its name.
    private void takeOver(@Nullable GraphRun previous) {
        if (previous == null) {
            for (TornadoNativeArray array : graph.consumed()) {
                throw finding(
                        Kind.NOT_ON_DEVICE,
                        array,
                        "consumes an array from the device, but is the first graph to run");
            }
            return;
        }
        for (TornadoNativeArray array : graph.takenOverFrom(previous.name())) {
            DeviceBuffer buffer = previous.buffers.get(array);
            if (buffer == null || !previous.graph.persisted().contains(array)) {
                throw finding(
                        Kind.NOT_ON_DEVICE,
                        array,
                        "consumes an array that graph '"
                                + previous.name()
                                + "', which ran just before, "
                                + (buffer == null ? "does not hold" : "does not persist")
                                + ". Every graph of a plan consumes and persists every shared"
                                + " array, and tasks of the first graph use every one");
            }
            buffers.put(array, buffer);
        }
        for (TornadoNativeArray array : graph.consumed()) {
            if (!buffers.containsKey(array)) {
                throw finding(
                        Kind.NOT_ON_DEVICE,
                        array,
                        "consumes an array, but not from graph '"
                                + previous.name()
                                + "', which ran just before. Name every graph that may run"
                                + " before this one");
            }
        }
    }

    private void allocate(Monitor monitor, Limits limits) {
        for (TaskDefinition task : graph.tasks()) {
            for (Object argument : task.arguments()) {
                if (argument instanceof TornadoNativeArray array) {
                    buffers.computeIfAbsent(array, a -> new DeviceBuffer(a, monitor, limits));
                }
            }
        }
    }

    private void copyIn() {
        buffers.forEach(
                (array, buffer) -> {
                    boolean kept = graph.persisted().contains(array);
                    if (graph.copiedInAlways().contains(array)) {
                        if (kept && executed && buffer.wouldLose(array)) {
                            throw lost(array, buffer);
                        }
                        buffer.copyIn(array, kept, true);
                    } else if (!executed && graph.copiedInOnce().contains(array)) {
                        buffer.copyIn(array, true, false);
                    }
                });
    }

    private void runTask(
            TaskDefinition task,
            KernelCode kernel,
            Function<String, @Nullable NDRange> grids,
            Function<WorkItem, Object> contexts,
            Monitor monitor,
            Limits limits) {
        Object[] arguments = task.arguments().toArray();
        int contextIndex = -1;
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof KernelContext) {
                contextIndex = i;
            } else {
                arguments[i] = onDevice(arguments[i]);
            }
        }
        NDRange range = grids.apply(kernel.task());
        if (range != null) {
            range.check(kernel.name(), limits);
        }
        TaskDefinition.Call call = call(task, kernel, limits);
        if (contextIndex < 0) {
            new LoopLaunch(kernel, call, arguments).run(range, monitor);
        } else if (range == null) {
            throw EmulatorFinding.of(Kind.MISSING_GRID)
                    .kernel(kernel.name())
                    .saying(
                            "uses KernelContext, but the grid scheduler has no entry '"
                                    + kernel.task()
                                    + "'; TornadoVM would run a single work-item");
        } else {
            if (limits.checks()) {
                KernelCheck.grid(kernel, task, range);
            }
            new Launch(kernel, call, arguments, contextIndex, contexts).run(range, monitor, limits);
        }
    }

    private static TaskDefinition.Call call(TaskDefinition task, KernelCode kernel, Limits limits) {
        TaskDefinition.Call checked = kernel.method().checked();
        return limits.checks() && checked != null ? checked : task.call();
    }

    private Object onDevice(Object argument) {
        return argument instanceof TornadoNativeArray array ? buffer(array).memory() : argument;
    }

    private DeviceBuffer buffer(TornadoNativeArray array) {
        DeviceBuffer buffer = buffers.get(array);
        if (buffer == null) {
            throw new IllegalStateException("graph " + name() + " has not allocated an array");
        }
        return buffer;
    }

    /// Copies an array to the host on demand, from the graph that ran last.
    void copyOut(TornadoNativeArray array) {
        boolean declared =
                graph.persisted().contains(array)
                        || graph.consumed().contains(array)
                        || graph.copiedInOnce().contains(array)
                        || graph.copiedInAlways().contains(array)
                        || graph.copiedOutOnce().contains(array)
                        || graph.copiedOutAlways().contains(array);
        if (!declared || !buffers.containsKey(array)) {
            throw finding(
                    Kind.TRANSFER,
                    array,
                    "is asked for an array that it neither transfers nor keeps on the device;"
                            + " TornadoVM copies nothing. Persist it in this graph");
        }
        copyOut(Set.of(array));
    }

    private void copyOut(Set<TornadoNativeArray> arrays) {
        for (TornadoNativeArray array : arrays) {
            DeviceBuffer buffer = buffers.get(array);
            if (buffer == null) {
                throw finding(Kind.TRANSFER, array, "sends an array to the host that no task uses");
            }
            buffer.copyOut(array, name());
        }
    }

    /// Frees the graph's buffers.
    void free() {
        buffers.clear();
        executed = false;
    }

    long deviceBytes() {
        return buffers.keySet().stream()
                .mapToLong(TornadoNativeArray::getNumBytesOfSegmentWithHeader)
                .sum();
    }

    boolean hasTask(String fullName) {
        return kernels.stream().anyMatch(kernel -> kernel.task().equals(fullName));
    }

    private EmulatorFinding finding(Kind kind, TornadoNativeArray array, String sentence) {
        String type = array.getClass().getSimpleName() + " of " + array.getSize() + " elements";
        return EmulatorFinding.of(kind)
                .buffer(nameOf(array))
                .saying(
                        "graph '"
                                + name()
                                + "' ("
                                + nameOf(array)
                                + ", a "
                                + type
                                + ") "
                                + sentence);
    }

    /// The name of an array alone.
    private String bufferName(TornadoNativeArray array) {
        String name = nameOf(array);
        return name.substring(name.lastIndexOf(' ') + 1);
    }

    /// What a kernel of this graph calls an array.
    private String nameOf(TornadoNativeArray array) {
        for (int t = 0; t < kernels.size(); t++) {
            List<Object> arguments = graph.tasks().get(t).arguments();
            for (int i = 0; i < arguments.size(); i++) {
                if (arguments.get(i) == array) {
                    return kernels.get(t).task() + "'s " + kernels.get(t).parameter(i);
                }
            }
        }
        return "an array that no task uses";
    }
}
