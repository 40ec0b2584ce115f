package io.tornadogpt.emulator.engine;

import java.util.function.Function;

/// Runs one kernel over all work-items of a launch, group by group.
final class Launch {

    private final KernelCode code;
    private final TaskDefinition.Call call;
    private final Object[] arguments;
    private final int contextIndex;
    private final Function<WorkItem, Object> contexts;

    /// A launch that has not begun yet.
    ///
    /// @param code the kernel's names, for messages
    /// @param call the kernel
    /// @param arguments its arguments, arrays replaced by those of the device
    /// @param contextIndex which argument is the `KernelContext`; each work-item gets its own there
    /// @param contexts makes the `KernelContext` of a work-item
    Launch(
            KernelCode code,
            TaskDefinition.Call call,
            Object[] arguments,
            int contextIndex,
            Function<WorkItem, Object> contexts) {
        this.code = code;
        this.call = call;
        this.arguments = arguments;
        this.contextIndex = contextIndex;
        this.contexts = contexts;
    }

    /// Runs the kernel. Where work-items are threads, the launching thread must switch as fast as
    /// they do.
    void run(NDRange range, Monitor monitor, Limits limits) {
        if (Coroutine.isFast() || range.groupSize() == 1 || Thread.currentThread().isVirtual()) {
            runGroups(range, monitor, limits);
        } else {
            VirtualThread.run(() -> runGroups(range, monitor, limits));
        }
    }

    private void runGroups(NDRange range, Monitor monitor, Limits limits) {
        monitor.launch(code, arguments);
        try {
            if (call instanceof CheckedKernel) {
                Watch.launch(monitor, () -> groups(range, monitor, limits));
            } else {
                groups(range, monitor, limits);
            }
            monitor.launchEnded();
        } catch (RuntimeException e) {
            throw monitor.cause(e);
        } finally {
            monitor.unwatch();
        }
    }

    private void groups(NDRange range, Monitor monitor, Limits limits) {
        try (WorkGroup group = new WorkGroup(this, range, monitor, limits)) {
            for (int z = 0; z < range.groups(2); z++) {
                for (int y = 0; y < range.groups(1); y++) {
                    for (int x = 0; x < range.groups(0); x++) {
                        group.run(x, y, z);
                    }
                }
            }
        }
    }

    void runItem(WorkItem item) {
        Object[] own = arguments.clone();
        own[contextIndex] = contexts.apply(item);
        call.apply(own);
    }
}
