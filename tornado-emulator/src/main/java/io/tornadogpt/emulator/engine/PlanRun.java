package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/// An execution plan at work: its graphs, which of them are selected, and which ran last.
public final class PlanRun {

    private final List<GraphRun> graphs;
    private final Function<WorkItem, Object> contexts;
    private final Monitor monitor = new Monitor();
    private final Limits limits = Limits.fromProperties();

    private List<GraphRun> selected;
    private @Nullable GraphRun last;
    private Function<String, @Nullable NDRange> grids = _ -> null;
    private Times times = new Times();

    /// Prepares to run graphs.
    ///
    /// @param contexts makes the `KernelContext` of a work-item
    public PlanRun(List<GraphDefinition> definitions, Function<WorkItem, Object> contexts) {
        this.contexts = contexts;
        this.graphs = definitions.stream().map(graph -> new GraphRun(graph, limits)).toList();
        this.selected = graphs;
        checkNames();
    }

    private void checkNames() {
        List<String> names = new ArrayList<>();
        for (GraphRun graph : graphs) {
            if (names.contains(graph.name())) {
                throw EmulatorFinding.of(Kind.GRAPH_LIMIT)
                        .saying(
                                "two graphs of the plan are called '"
                                        + graph.name()
                                        + "'; TornadoVM would take the code compiled for one's"
                                        + " scalars for the other's");
            }
            names.add(graph.name());
        }
    }

    /// Selects one graph.
    public void select(int index) {
        if (index < 0 || index >= graphs.size()) {
            throw new IndexOutOfBoundsException(
                    "graph " + index + " of a plan of " + graphs.size() + " graphs");
        }
        selected = List.of(graphs.get(index));
    }

    /// Selects all graphs.
    public void selectAll() {
        selected = graphs;
    }

    /// Takes the shapes of the launches: from a task's full name to its grid.
    public void grids(Collection<String> names, Function<String, @Nullable NDRange> shapes) {
        for (String name : names) {
            boolean ours = graphs.stream().anyMatch(graph -> name.startsWith(graph.name() + "."));
            if (ours && graphs.stream().noneMatch(graph -> graph.hasTask(name))) {
                throw EmulatorFinding.of(Kind.MISSING_GRID)
                        .saying("the grid scheduler has an entry '" + name + "', but no such task");
            }
        }
        grids = shapes;
    }

    /// Runs the selected graphs. As in TornadoVM, the graph that "ran just before" changes only
    /// afterwards: graphs selected together hand nothing to each other.
    public void execute() {
        var measured = new Times();
        for (GraphRun graph : selected) {
            graph.execute(last, grids, contexts, monitor, limits, measured);
        }
        last = selected.getLast();
        times = measured;
    }

    /// Where the time of the last execution went.
    public Times times() {
        return times;
    }

    /// Asks for graphs to be captured at their first execution. TornadoVM does nothing where that
    /// is over.
    public void capture() {
        if (last != null) {
            throw EmulatorFinding.of(Kind.GRAPH_LIMIT)
                    .saying(
                            "withCUDAGraph() after graph '"
                                    + last.name()
                                    + "' was executed: TornadoVM would not capture it");
        }
    }

    /// Copies arrays to the host, from the selected graphs.
    public void copyOut(Object... objects) {
        for (Object object : objects) {
            if (object instanceof TornadoNativeArray array) {
                selected.forEach(graph -> graph.copyOut(array));
            }
        }
    }

    /// Frees the device's memory.
    public void free() {
        graphs.forEach(GraphRun::free);
        last = null;
    }

    /// The memory that the selected graphs use on the device.
    public long deviceBytes() {
        return selected.stream().mapToLong(GraphRun::deviceBytes).sum();
    }
}
