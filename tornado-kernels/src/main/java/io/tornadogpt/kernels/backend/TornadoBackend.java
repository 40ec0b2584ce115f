package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Fusion;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.program.Pass;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.kernels.CustomOpKernels;
import io.tornadogpt.kernels.OpKernels;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.util.List;
import java.util.function.Function;

/// Runs programs on TornadoVM: on the device of an installed SDK (`tornado`), or on the emulator
/// where its `tornado.api` is the one on the path (`emulator`).
///
/// Safe for use by several threads.
public final class TornadoBackend implements Backend {
    private final Function<Op, OpKernels> lowering;
    private final @Nullable TornadoDevice chosen;

    /// On TornadoVM's default device.
    public TornadoBackend() {
        this(Lowering.OWN, null);
    }

    /// With other kernels than the library's.
    ///
    /// @param lowering from an op to the kernels that compute it
    public TornadoBackend(Function<Op, OpKernels> lowering) {
        this(lowering, null);
    }

    private TornadoBackend(Function<Op, OpKernels> lowering, @Nullable TornadoDevice chosen) {
        this.lowering = lowering;
        this.chosen = chosen;
    }

    @Override
    public String name() {
        return TornadoDevices.emulated() ? "emulator" : "tornado";
    }

    @Override
    public String description() {
        return TornadoDevices.describe(device());
    }

    @Override
    public List<String> devices() {
        return TornadoDevices.emulated() ? List.of() : TornadoDevices.list();
    }

    @Override
    public List<String> alike() {
        return TornadoDevices.emulated() ? List.of() : TornadoDevices.alike(device());
    }

    @Override
    public Backend on(String choice) {
        return TornadoDevices.emulated()
                ? Backend.super.on(choice)
                : new TornadoBackend(lowering, TornadoDevices.named(choice));
    }

    private TornadoDevice device() {
        return chosen != null ? chosen : TornadoDevices.first();
    }

    @Override
    public boolean supports(Op op) {
        // Lowering knows every op but those from outside.
        return !(op instanceof CustomOp custom) || CustomOpKernels.exist(custom);
    }

    @Override
    public List<Pass> passes() {
        return List.of(Fusion.all());
    }

    @Override
    public MemoryUse plan(List<Program> programs) {
        requireSupport(programs);
        return new DeviceLayout(rewritten(programs), lowering);
    }

    @Override
    public Session open(List<Program> programs, ExecutionOptions options) {
        requireSupport(programs);
        List<Program> rewritten = rewritten(programs);
        var layout = new DeviceLayout(rewritten, lowering);
        TornadoDevice device = device();
        TornadoDevices.require(device, layout);
        boolean captured = CudaGraphs.asked(device, options.profile());
        return new TornadoSession(rewritten, layout, lowering, device, options.profile(), captured);
    }
}
