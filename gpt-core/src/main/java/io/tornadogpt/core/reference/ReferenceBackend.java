package io.tornadogpt.core.reference;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.ReferenceKernel;
import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.MemoryPlan;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;

import java.util.List;

/// Runs programs slowly and exactly, in double precision: what other backends are compared to.
public final class ReferenceBackend implements Backend {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public String description() {
        return "double precision, 1 thread; for checking, not for speed";
    }

    @Override
    public boolean supports(Op op) {
        return !(op instanceof CustomOp custom) || ReferenceKernel.exists(custom);
    }

    /// Floats of any type are kept as doubles, so this plan is larger than others.
    @Override
    public MemoryPlan plan(List<Program> programs) {
        return MemoryPlan.of(rewritten(programs), ReferenceBackend::bytes);
    }

    static long bytes(DType type, long elements) {
        int each = type == DType.I32 ? Integer.BYTES : Double.BYTES;
        return Math.multiplyExact(elements, each);
    }

    @Override
    public ReferenceSession open(List<Program> programs, ExecutionOptions options) {
        List<Program> rewritten = rewritten(programs);
        requireSupport(rewritten);
        return new ReferenceSession(rewritten, plan(programs));
    }

    @Override
    public ReferenceSession open(List<Program> programs) {
        return open(programs, ExecutionOptions.DEFAULT);
    }
}
