package io.tornadogpt.kernels;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.FIRST_EXECUTION;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/// A few launches in one task graph, behind a graph that brings all arrays to the device: what a
/// kernel leaves alone is then still there when an array comes back.
public final class KernelRun {
    private static final String OPEN = "open";
    private static final String GRAPH = "run";

    private final List<Launch> launches = new ArrayList<>();
    private final List<Object> scratch = new ArrayList<>();

    /// @param adding adds the task of the given name to the graph
    /// @param grid null for a kernel of `@Parallel` loops
    private record Launch(BiConsumer<TaskGraph, String> adding, @Nullable WorkerGrid grid) {}

    KernelRun task(BiConsumer<TaskGraph, String> adding) {
        launches.add(new Launch(adding, null));
        return this;
    }

    KernelRun task(WorkerGrid grid, BiConsumer<TaskGraph, String> adding) {
        launches.add(new Launch(adding, grid));
        return this;
    }

    /// An array that lives for this run alone.
    <A> A scratch(A array) {
        scratch.add(array);
        return array;
    }

    /// Runs once.
    ///
    /// @param arrays what the kernels read and write; copied to the device and back
    void run(Object... arrays) {
        Object[] all = Stream.concat(Arrays.stream(arrays), scratch.stream()).toArray();
        TaskGraph open = new TaskGraph(OPEN).transferToDevice(FIRST_EXECUTION, all);
        for (int i = 0; i < all.length; i++) {
            switch (all[i]) {
                case FloatArray a -> open.task("t" + i, KernelRun::touchFloats, a, a.getSize());
                case IntArray a -> open.task("t" + i, KernelRun::touchIntegers, a, a.getSize());
                default -> throw new IllegalArgumentException("no array: " + all[i]);
            }
        }
        open.persistOnDevice(all);
        TaskGraph graph = new TaskGraph(GRAPH);
        graph.consumeFromDevice(OPEN, all);
        graph.consumeFromDevice(GRAPH, all);
        var grids = new GridScheduler();
        for (int i = 0; i < launches.size(); i++) {
            String name = "t" + i;
            launches.get(i).adding.accept(graph, name);
            WorkerGrid grid = launches.get(i).grid;
            if (grid != null) {
                grids.addWorkerGrid(GRAPH + "." + name, grid);
            }
        }
        graph.persistOnDevice(all);
        try (var plan = new TornadoExecutionPlan(open.snapshot(), graph.snapshot())) {
            plan.withGraph(0).execute();
            plan.withGraph(1);
            if (!grids.keySet().isEmpty()) { // an empty one is a NullPointerException in 5.2
                plan.withGridScheduler(grids);
            }
            plan.withGraph(1).execute().transferToHost(arrays);
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException(e);
        }
    }

    /// What is read and written is copied in whole.
    public static void touchFloats(FloatArray array, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            array.set(i, array.get(i));
        }
    }

    /// As [#touchFloats].
    public static void touchIntegers(IntArray array, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            array.set(i, array.get(i));
        }
    }
}
