package io.tornadogpt.core.backend;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.MemoryPlan;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.program.Pass;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Step;

import java.util.List;

/// A device that runs programs. Implementations are services: a module `provides Backend with ..`,
/// a jar on the class path lists its class in `META-INF/services`.
///
/// A backend runs every operation of a program or refuses the program by the operation's name
/// before the first step; it never hands work to another device.
public interface Backend {
    /// By which users choose it: `cpu`, `reference`, `tornado`.
    String name();

    /// One line for people: what it runs on, such as `Vector API, 256 bits`. Equal descriptions
    /// promise equal bits: whatever may change a result by rounding is in it, and nothing else.
    String description();

    /// The devices that can be chosen, one a line for people; empty where there is no choice.
    default List<String> devices() {
        return List.of();
    }

    /// The devices that compute with the same bits as this one, itself among them, as [#on] takes
    /// them: several processes on one machine take one each. Empty where there is no choice.
    default List<String> alike() {
        return List.of();
    }

    /// This backend on one of several devices.
    ///
    /// @param choice what stands behind the name and a colon where users choose a device, such as
    ///   `opencl:1` in `tornado:opencl:1`
    /// @throws IllegalArgumentException if there is no such device
    default Backend on(String choice) {
        throw new IllegalArgumentException(
                "%s is one device, so there is no %s:%s; name it %s alone"
                        .formatted(name(), name(), choice, name()));
    }

    /// Whether this backend can run an operation.
    boolean supports(Op op);

    /// Refuses what this backend cannot run.
    ///
    /// @throws UnsupportedOperationException if an operation is not supported, by its name
    default void requireSupport(List<Program> programs) {
        for (Program program : programs) {
            program.steps().stream()
                    .map(Step::op)
                    .filter(op -> !supports(op))
                    .findFirst()
                    .ifPresent(op -> refuse(program, op));
        }
    }

    private void refuse(Program program, Op op) {
        boolean rounded = op.inputs().stream().anyMatch(t -> t.dtype().rounds());
        throw new UnsupportedOperationException(
                "%s cannot run %s of program '%s'; use another device%s"
                        .formatted(
                                name(),
                                op.label(),
                                program.name(),
                                rounded ? ", or weights of type F32" : ""));
    }

    /// The rewritings, fusions say, that this backend wants before it runs a program.
    default List<Pass> passes() {
        return List.of();
    }

    /// The programs as this backend will run them, after its [#passes].
    default List<Program> rewritten(List<Program> programs) {
        return programs.stream().map(this::rewritten).toList();
    }

    private Program rewritten(Program program) {
        Program result = program;
        for (Pass pass : passes()) {
            result = pass.apply(result);
        }
        return result;
    }

    /// What [#open] will allocate for these programs, told without allocating anything.
    default MemoryUse plan(List<Program> programs) {
        return MemoryPlan.of(rewritten(programs));
    }

    /// Allocates what the programs need and makes them ready to run. Parameters, gradients,
    /// optimizer state and caches start as zeros.
    ///
    /// @param programs with unique names; tensors of equal name are shared between them
    /// @param options how to run
    /// @throws UnsupportedOperationException if an operation is not supported, by its name
    Session open(List<Program> programs, ExecutionOptions options);

    /// As [#open(List, ExecutionOptions)] with default options.
    default Session open(List<Program> programs) {
        return open(programs, ExecutionOptions.DEFAULT);
    }
}
