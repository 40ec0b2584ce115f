package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

/// Runs a kernel of `@Parallel` loops, or of none, from beginning to end.
final class LoopLaunch {

    private final KernelCode code;
    private final TaskDefinition.Call call;
    private final Object[] arguments;

    LoopLaunch(KernelCode code, TaskDefinition.Call call, Object[] arguments) {
        this.code = code;
        this.call = call;
        this.arguments = arguments;
    }

    /// @param range the grid of the task, if it has one
    void run(@Nullable NDRange range, Monitor monitor) {
        monitor.launch(code, arguments);
        try {
            if (call instanceof CheckedKernel) {
                var rounds =
                        new Rounds(
                                monitor, code.method().loopVariables(), code.method().isOneNest());
                monitor.rounds(rounds);
                Watch.launch(monitor, () -> call.apply(arguments));
                monitor.launchEnded();
                if (range != null) {
                    KernelCheck.rounds(code, rounds, range);
                }
            } else {
                call.apply(arguments);
                monitor.launchEnded();
            }
        } catch (RuntimeException e) {
            throw monitor.cause(e);
        } finally {
            monitor.unwatch();
        }
    }
}
