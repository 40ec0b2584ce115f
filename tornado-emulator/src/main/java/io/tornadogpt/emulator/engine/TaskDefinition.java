package io.tornadogpt.emulator.engine;

import java.util.List;

/// One task of a graph.
///
/// @param id the task's name within its graph
/// @param code the functional object that the user passed, whose kernel is looked up for messages
/// @param call how to call it
/// @param arguments what to call it with; arrays are the host's
public record TaskDefinition(String id, Object code, Call call, List<Object> arguments) {

    /// Calls a kernel with as many arguments as it takes.
    @FunctionalInterface
    public interface Call {
        /// Runs the kernel once, for one work-item.
        void apply(Object[] arguments);
    }
}
