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

import java.lang.System.Logger.Level;
import java.util.List;

/// The default device: kernels on the Vector API, all processors.
///
/// Results depend on the width of the machine's vectors, but neither on the number of threads nor
/// on anything else that differs from run to run.
///
/// Safe for use by several threads. The JVM must have the module `jdk.incubator.vector`.
public final class CpuBackend implements Backend {
    private static final System.Logger LOG = System.getLogger(CpuBackend.class.getName());
    private static final String VECTOR_API = "jdk.incubator.vector";

    /// The module is not among those that a JVM has by itself.
    ///
    /// @throws IllegalStateException if it is not there
    private static void requireVectorApi() {
        if (ModuleLayer.boot().findModule(VECTOR_API).isEmpty()) {
            throw new IllegalStateException(
                    "the device cpu computes with the Vector API, and this JVM was started without"
                            + " it; start Java with the option --add-modules "
                            + VECTOR_API);
        }
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        requireVectorApi();
        return "Vector API, " + Lanes.bits() + " bits";
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
    public String toString() {
        return name() + " (" + description() + ")";
    }

    @Override
    public Session open(List<Program> programs, ExecutionOptions options) {
        requireVectorApi();
        requireSupport(programs);
        List<Program> rewritten = rewritten(programs);
        LOG.log(Level.DEBUG, () -> "opens %d programs on %s".formatted(programs.size(), this));
        return new CpuSession(
                rewritten,
                MemoryPlan.of(rewritten),
                new Workers(options.threads()),
                options.profile());
    }
}
