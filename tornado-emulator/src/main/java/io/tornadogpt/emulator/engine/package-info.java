/// How the emulator runs task graphs: buffers and their shadows, launches, work-groups, plans.
///
/// Start reading at [PlanRun], which runs graphs; [Launch] runs one task of a graph, [WorkGroup]
/// the work-items of one group, and [Shadow] watches one buffer.
@NullMarked
package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.NullMarked;
