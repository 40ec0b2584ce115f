/// The CPU's kernels: every op's forward and backward on the Vector API.
///
/// Shapes are written with B = batch, T = positions, C = channels, H = heads, D = C / H head size,
/// V = vocabulary, N = rows of a flattened tensor. Tensors are dense, row-major and off-heap, each
/// in a [java.lang.foreign.MemorySegment] of exactly its size; offsets are `long` bytes. Gradients
/// of parameters are added (`+=`), gradients of activations assigned (`=`).
///
/// Results never depend on the number of threads: how work is cut into units depends on shapes and
/// the vector width alone, one unit computes an element from its first term to its last, and sums
/// over units are combined in the order of the units. Nor do they depend on whether the JVM
/// interprets or has compiled a kernel: sums across lanes have a fixed order ([Lanes#sum]).
@NullMarked
package io.tornadogpt.cpu.kernels;

import org.jspecify.annotations.NullMarked;
