package io.tornadogpt.kernels;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;

import java.util.List;

/// Runs one op at a time by its kernels, copying everything to the device before and back after:
/// for comparing kernels with the reference, not for training.
final class KernelBackend implements Backend {
    /// What makes launches of an op.
    interface Lowering {
        KernelRun launches(Launches launches, Op op);
    }

    private final Lowering lowering;

    KernelBackend() {
        this(Launches::of);
    }

    /// With other kernels than the library's.
    KernelBackend(Lowering lowering) {
        this.lowering = lowering;
    }

    @Override
    public String name() {
        return "kernels";
    }

    @Override
    public String description() {
        return "kernels one by one, for tests";
    }

    @Override
    public boolean supports(Op op) {
        return true;
    }

    @Override
    public KernelSession open(List<Program> programs, ExecutionOptions options) {
        return new KernelSession(programs, lowering);
    }
}
