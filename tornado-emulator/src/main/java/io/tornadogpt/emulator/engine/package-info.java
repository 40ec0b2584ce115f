/// How the emulator runs task graphs: buffers and their shadows, launches, work-groups, plans.
///
/// Start reading at [PlanRun], which runs graphs; [Launch] runs one task of a graph, [WorkGroup]
/// the work-items of one group, and [Shadow] watches one buffer.
///
/// What happens inside a kernel is seen through [CheckedKernel], a copy of it with calls of
/// [Watch]: [LocalShadow] watches a local array, [PrivateShadow] a private one, [Rounds] the
/// `@Parallel` loops. What is wrong whatever the data [KernelFlow] and [KernelRules] read from the
/// class file, and [KernelCheck] says it.
@NullMarked
package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.NullMarked;
