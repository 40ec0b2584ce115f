package io.tornadogpt.cpu;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Fusion;
import io.tornadogpt.core.program.MemoryPlan;
import io.tornadogpt.core.program.Pass;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.cpu.kernels.CustomKernels;
import io.tornadogpt.cpu.kernels.Lanes;
import io.tornadogpt.cpu.kernels.Workers;

import java.util.List;

/// The default device: kernels on the Vector API, all processors.
///
/// Results depend on the width of the machine's vectors, but neither on the number of threads nor
/// on anything else that differs from run to run.
public final class CpuBackend implements Backend {
    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        return "Vector API, %d bits".formatted(Lanes.bits());
    }

    @Override
    public boolean supports(Op op) {
        return switch (op) {
            // A transposed product takes its right matrix for left.
            case MatMul product -> product.b().dtype() == DType.F32 || !product.transposeA();
            case CustomOp custom -> CustomKernels.exists(custom);
            default -> true;
        };
    }

    @Override
    public List<Pass> passes() {
        return List.of(Fusion.all());
    }

    @Override
    public Session open(List<Program> programs, ExecutionOptions options) {
        requireSupport(programs);
        List<Program> rewritten = rewritten(programs);
        return new CpuSession(
                rewritten,
                MemoryPlan.of(rewritten),
                new Workers(options.threads()),
                options.profile());
    }
}
