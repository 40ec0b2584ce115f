package io.tornadogpt.kernels;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;

import java.util.function.BiConsumer;

/// One kernel to be run: a task that can be added to a graph.
///
/// @param kernel the kernel's name
/// @param grid its work-items; null for a kernel of `@Parallel` loops
/// @param adding adds the task of the given name to a graph
public record Launch(
        String kernel, @Nullable WorkerGrid grid, BiConsumer<TaskGraph, String> adding) {}
