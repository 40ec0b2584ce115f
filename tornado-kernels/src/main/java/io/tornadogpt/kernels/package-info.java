/// Kernels for TornadoVM, one class an op and named after it, forward and backward beside each
/// other.
///
/// One kernel in a task graph of one's own:
///
/// ```java
/// IntArray layer = IntArray.fromElements(0);
/// TaskGraph graph =
///         new TaskGraph("g")
///                 .transferToDevice(EVERY_EXECUTION, layer, x)
///                 .task("t", SoftmaxKernels::softmax, new KernelContext(), layer,
///                         x, Place.WHOLE, out, Place.WHOLE, columns)
///                 .transferToHost(EVERY_EXECUTION, out);
/// new TornadoExecutionPlan(graph.snapshot())
///         .withGridScheduler(new GridScheduler("g.t", SoftmaxKernels.grid(rows, columns)))
///         .execute();
/// ```
///
/// Arguments of every kernel, in this order: `KernelContext` where the kernel uses work-groups; the
/// layer cursor, an `IntArray` whose element 0 says at which layer a repeated graph is; each array
/// with its [io.tornadogpt.kernels.Place]; sizes and constants, which TornadoVM folds into the
/// generated code. What changes from run to run is read from arrays.
///
/// A kernel with a `KernelContext` needs the grid that the method beside it makes, named after it;
/// one without runs over `@Parallel` loops and needs none. Every kernel assigns all elements of the
/// tensors it writes, unless it says otherwise. Results are the same bits in every run on a device:
/// no atomics, and sums in a fixed order.
///
/// What a kernel writes comes after what it reads, because TornadoVM 5.2 never ends compiling a
/// graph where a task names an array again after an argument that it writes. Reading and writing
/// one array, or slices of one, is therefore possible; writing two slices of one array in a task is
/// not.
///
/// The methods `of` say how an op is launched: which kernels in which order, with which grids,
/// arguments and scratch memory ([io.tornadogpt.kernels.OpKernels]). A new op is one such class,
/// and one line in [Lowering][io.tornadogpt.kernels.backend.Lowering].
///
/// A scratch array holds what the kernels of one op hand to each other; it has no place and may be
/// shared by ops that do not run at the same time.
///
/// | letter | meaning |
/// | --- | --- |
/// | B, T | sequences in a batch, positions in a sequence |
/// | C, H, D | channels, heads, head size (C = H x D) |
/// | V | vocabulary |
/// | M, N, K | rows, columns and inner dimension of a matrix product |
@NullMarked
package io.tornadogpt.kernels;

import org.jspecify.annotations.NullMarked;
