package uk.ac.manchester.tornado.api;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// The grids of tasks by their full names, as `graph.task`.
public class GridScheduler {

    private final ConcurrentHashMap<String, WorkerGrid> grids = new ConcurrentHashMap<>();

    /// Without any grid.
    public GridScheduler() {}

    /// With the grid of one task.
    public GridScheduler(String taskName, WorkerGrid workerGrid) {
        grids.put(taskName, workerGrid);
    }

    /// Sets the grid of a task.
    public void addWorkerGrid(String taskName, WorkerGrid workerGrid) {
        grids.put(taskName, workerGrid);
    }

    /// The grid of a task.
    public @Nullable WorkerGrid get(String taskName) {
        return grids.get(taskName);
    }

    /// Whether a task has a grid.
    public boolean contains(String taskScheduleName, String taskName) {
        return grids.containsKey(taskScheduleName + "." + taskName);
    }

    /// The full names of the tasks that have a grid.
    public Set<String> keySet() {
        return grids.keySet();
    }

    @Override
    public String toString() {
        return grids.entrySet().stream()
                .map(
                        entry ->
                                entry.getKey()
                                        + ": global "
                                        + Arrays.toString(entry.getValue().getGlobalWork())
                                        + ", local "
                                        + Arrays.toString(entry.getValue().getLocalWork()))
                .collect(Collectors.joining("; "));
    }
}
