package io.tornadogpt.kernels;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;

import java.util.List;
import java.util.stream.Stream;

/// The kernels that compute one op, in the order in which they run, and the scratch memory that
/// they share. Immutable.
///
/// ```java
/// OpKernels.of("linkEqualIds", (t, g, name) -> g.task(name, EmbeddingKernels::linkEqualIds, ...))
///         .then("embeddingBackward", (t, g, name) -> g.task(name, ...))
///         .withIntegerScratch(2 * count)
/// ```
public final class OpKernels {
    /// Adds a kernel to a task graph.
    @FunctionalInterface
    public interface Adding {
        /// @param tensors where the op's tensors lie
        /// @param graph the graph
        /// @param name of the task, one of its own in the graph
        void add(DeviceTensors tensors, TaskGraph graph, String name);
    }

    private record Kernel(String name, @Nullable WorkerGrid grid, Adding adding) {}

    private final List<Kernel> kernels;
    private final int floatScratch;
    private final int integerScratch;

    private OpKernels(List<Kernel> kernels, int floatScratch, int integerScratch) {
        this.kernels = kernels;
        this.floatScratch = floatScratch;
        this.integerScratch = integerScratch;
    }

    /// No kernel yet.
    public static OpKernels none() {
        return new OpKernels(List.of(), 0, 0);
    }

    /// One kernel of `@Parallel` loops.
    ///
    /// @param kernel the method's name
    public static OpKernels of(String kernel, Adding adding) {
        return none().then(kernel, adding);
    }

    /// One kernel of work-groups.
    ///
    /// @param kernel the method's name
    /// @param grid its work-items
    public static OpKernels of(String kernel, WorkerGrid grid, Adding adding) {
        return none().then(kernel, grid, adding);
    }

    /// The same and a kernel of `@Parallel` loops behind.
    public OpKernels then(String kernel, Adding adding) {
        return and(new Kernel(kernel, null, adding));
    }

    /// The same and a kernel of work-groups behind.
    public OpKernels then(String kernel, WorkerGrid grid, Adding adding) {
        return and(new Kernel(kernel, grid, adding));
    }

    private OpKernels and(Kernel kernel) {
        return new OpKernels(
                Stream.concat(kernels.stream(), Stream.of(kernel)).toList(),
                floatScratch,
                integerScratch);
    }

    /// The same with elements of [DeviceTensors#floatScratch].
    public OpKernels withFloatScratch(int elements) {
        return new OpKernels(kernels, elements, integerScratch);
    }

    /// The same with elements of [DeviceTensors#integerScratch].
    public OpKernels withIntegerScratch(int elements) {
        return new OpKernels(kernels, floatScratch, elements);
    }

    /// Elements of [DeviceTensors#floatScratch] that the kernels use.
    public int floatScratch() {
        return floatScratch;
    }

    /// Elements of [DeviceTensors#integerScratch] that the kernels use.
    public int integerScratch() {
        return integerScratch;
    }

    /// What is to be launched, in order.
    ///
    /// @param tensors where the op's tensors lie
    public List<Launch> launches(DeviceTensors tensors) {
        return kernels.stream()
                .map(k -> new Launch(k.name, k.grid, (g, name) -> k.adding.add(tensors, g, name)))
                .toList();
    }
}
