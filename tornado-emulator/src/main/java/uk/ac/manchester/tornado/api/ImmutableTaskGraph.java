package uk.ac.manchester.tornado.api;

import io.tornadogpt.emulator.engine.GraphDefinition;

/// A task graph that no longer changes.
public class ImmutableTaskGraph {

    private final GraphDefinition graph;

    ImmutableTaskGraph(GraphDefinition graph) {
        this.graph = graph;
    }

    GraphDefinition graph() {
        return graph;
    }
}
