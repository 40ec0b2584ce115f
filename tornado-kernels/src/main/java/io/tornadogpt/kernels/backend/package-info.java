/// The TornadoVM backend: programs become task graphs of one execution plan, and everything that a
/// step needs stays on the device. The same code runs on the emulator.
///
/// [Lowering][io.tornadogpt.kernels.backend.Lowering] finds the kernels of an op, `DeviceLayout`
/// says in which arrays tensors lie, `DevicePlan` builds the graphs and runs them, and
/// `TornadoSession` is what trainer and sampler see.
@NullMarked
package io.tornadogpt.kernels.backend;

import org.jspecify.annotations.NullMarked;
