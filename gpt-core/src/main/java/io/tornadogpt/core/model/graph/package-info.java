/// A transformer written down: its parameters as a table, its operations as a graph with names and
/// shapes.
@NullMarked
package io.tornadogpt.core.model.graph;

import org.jspecify.annotations.NullMarked;
