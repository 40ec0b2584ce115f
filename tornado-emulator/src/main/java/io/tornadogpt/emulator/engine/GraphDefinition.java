package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a task graph says: its tasks, and what it copies, consumes and keeps.
public final class GraphDefinition {

    private final String name;
    private final List<TaskDefinition> tasks = new ArrayList<>();
    private final Set<TornadoNativeArray> copiedInOnce = identitySet();
    private final Set<TornadoNativeArray> copiedInAlways = identitySet();
    private final Set<TornadoNativeArray> copiedOutOnce = identitySet();
    private final Set<TornadoNativeArray> copiedOutAlways = identitySet();
    private final Set<TornadoNativeArray> persisted = identitySet();
    private final Set<TornadoNativeArray> consumed = identitySet();
    private final Map<String, Set<TornadoNativeArray>> consumedFrom = new HashMap<>();
    private int graphCodeBytes;

    /// An empty graph.
    public GraphDefinition(String name) {
        this.name = name;
    }

    private GraphDefinition(GraphDefinition other) {
        this(other.name);
        tasks.addAll(other.tasks);
        copiedInOnce.addAll(other.copiedInOnce);
        copiedInAlways.addAll(other.copiedInAlways);
        copiedOutOnce.addAll(other.copiedOutOnce);
        copiedOutAlways.addAll(other.copiedOutAlways);
        persisted.addAll(other.persisted);
        consumed.addAll(other.consumed);
        other.consumedFrom.forEach((producer, arrays) -> from(producer).addAll(arrays));
    }

    /// The graph as it is now.
    public GraphDefinition snapshot() {
        return new GraphDefinition(this);
    }

    /// Adds a task, within TornadoVM's limits.
    public void addTask(TaskDefinition task) {
        String fullName = name + "." + task.id();
        if (tasks.stream().anyMatch(t -> t.id().equals(task.id()))) {
            throw limit("a second task is called " + fullName + "; task names must differ");
        }
        if (tasks.size() == Limits.TASKS) {
            throw limit(
                    fullName
                            + " is the 257th task of its graph; TornadoVM holds 256. Cut the graph"
                            + " in two");
        }
        if (task.arguments().size() > Limits.ARGUMENTS) {
            throw limit(fullName + " takes " + task.arguments().size() + " arguments, of 20");
        }
        graphCodeBytes += Limits.graphCodeBytes(task.arguments().size());
        if (graphCodeBytes > Limits.GRAPH_CODE_BYTES) {
            throw limit(
                    fullName
                            + " brings the graph's code to "
                            + graphCodeBytes
                            + " bytes (15 and 5 an argument for each task); TornadoVM holds 8192."
                            + " Cut the graph in two");
        }
        for (Object argument : task.arguments()) {
            checkType(fullName, argument);
        }
        tasks.add(task);
    }

    private static EmulatorFinding limit(String sentence) {
        return EmulatorFinding.of(Kind.GRAPH_LIMIT).saying(sentence);
    }

    private static void checkType(String task, Object argument) {
        switch (argument) {
            case TornadoNativeArray _, KernelContext _ -> {}
            case Integer _, Float _, Long _, Double _, Byte _, Short _ -> {}
            default ->
                    throw EmulatorFinding.of(Kind.UNSUPPORTED)
                            .saying(
                                    task
                                            + " takes an argument of type "
                                            + argument.getClass().getName()
                                            + "; kernels take TornadoVM's arrays, KernelContext"
                                            + " and numbers (a boolean as an int)");
        }
    }

    /// The finding that an array is to be transferred in a way that does not exist.
    public EmulatorFinding unknownMode(String method, int mode) {
        return EmulatorFinding.of(Kind.TRANSFER)
                .saying(
                        "graph '"
                                + name
                                + "' calls "
                                + method
                                + " with the mode "
                                + mode
                                + ". To the device there are FIRST_EXECUTION (0) and"
                                + " EVERY_EXECUTION (1), to the host also UNDER_DEMAND (2)");
    }

    /// `transferToDevice`.
    public void copyIn(boolean always, Object... objects) {
        for (TornadoNativeArray array : arrays(objects)) {
            (always ? copiedInAlways : copiedInOnce).add(array);
        }
    }

    /// `transferToHost`, other than on demand.
    public void copyOut(boolean always, Object... objects) {
        for (TornadoNativeArray array : arrays(objects)) {
            (always ? copiedOutAlways : copiedOutOnce).add(array);
        }
    }

    /// `persistOnDevice`.
    public void persist(Object... objects) {
        persisted.addAll(arrays(objects));
    }

    /// `consumeFromDevice`.
    public void consume(String producer, Object... objects) {
        for (TornadoNativeArray array : arrays(objects)) {
            consumed.add(array);
            from(producer).add(array);
        }
    }

    private Set<TornadoNativeArray> from(String producer) {
        return consumedFrom.computeIfAbsent(producer, _ -> identitySet());
    }

    private List<TornadoNativeArray> arrays(Object... objects) {
        List<TornadoNativeArray> arrays = new ArrayList<>();
        for (Object object : objects) {
            switch (object) {
                case TornadoNativeArray array -> arrays.add(array);
                case Number _, KernelContext _ -> {}
                default ->
                        throw EmulatorFinding.of(Kind.UNSUPPORTED)
                                .saying(
                                        "graph '"
                                                + name
                                                + "' transfers a "
                                                + object.getClass().getName()
                                                + "; it can transfer TornadoVM's arrays");
            }
        }
        return arrays;
    }

    private static Set<TornadoNativeArray> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    /// The graph's name.
    public String name() {
        return name;
    }

    List<TaskDefinition> tasks() {
        return tasks;
    }

    Set<TornadoNativeArray> copiedInOnce() {
        return copiedInOnce;
    }

    Set<TornadoNativeArray> copiedInAlways() {
        return copiedInAlways;
    }

    Set<TornadoNativeArray> copiedOutOnce() {
        return copiedOutOnce;
    }

    Set<TornadoNativeArray> copiedOutAlways() {
        return copiedOutAlways;
    }

    Set<TornadoNativeArray> persisted() {
        return persisted;
    }

    Set<TornadoNativeArray> consumed() {
        return consumed;
    }

    /// What to take over from a graph that ran just before: what is consumed from it by name, or
    /// else everything consumed.
    Set<TornadoNativeArray> takenOverFrom(String producer) {
        return consumedFrom.getOrDefault(producer, consumed);
    }
}
