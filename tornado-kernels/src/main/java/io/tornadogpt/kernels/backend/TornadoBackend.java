package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Fusion;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.program.Pass;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.util.List;

/// Runs programs on TornadoVM: on the device of an installed SDK (`tornado`), or on the emulator
/// where its `tornado.api` is the one on the path (`emulator`).
public final class TornadoBackend implements Backend {
    /// From an op to the launches that compute it.
    @FunctionalInterface
    public interface Lowered {
        List<Launch> launches(DeviceTensors tensors, Op op);
    }

    private final Lowered lowering;
    private final @Nullable TornadoDevice chosen;

    /// On TornadoVM's default device.
    public TornadoBackend() {
        this(Lowering::of, null);
    }

    /// With other kernels than the library's.
    public TornadoBackend(Lowered lowering) {
        this(lowering, null);
    }

    private TornadoBackend(Lowered lowering, @Nullable TornadoDevice chosen) {
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
        // The switch of Lowering is exhaustive, but no kernel reads halves.
        return op.inputs().stream().allMatch(tensor -> tensor.dtype() != DType.BF16);
    }

    @Override
    public List<Pass> passes() {
        return List.of(Fusion.all());
    }

    @Override
    public MemoryUse plan(List<Program> programs) {
        requireSupport(programs);
        return new DeviceLayout(rewritten(programs));
    }

    @Override
    public Session open(List<Program> programs, ExecutionOptions options) {
        requireSupport(programs);
        List<Program> rewritten = rewritten(programs);
        var layout = new DeviceLayout(rewritten);
        TornadoDevice device = device();
        TornadoDevices.require(device, layout);
        boolean captured = CudaGraphs.asked(device, options.profile());
        return new TornadoSession(rewritten, layout, lowering, device, options.profile(), captured);
    }
}
