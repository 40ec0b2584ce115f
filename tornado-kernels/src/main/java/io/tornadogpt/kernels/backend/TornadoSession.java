package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.backend.SingleUser;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.kernels.OpKernels;
import io.tornadogpt.kernels.backend.DeviceLayout.Home;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Programs and their tensors on a TornadoVM device.
///
/// The plan is made at the first run: what the host wrote until then goes to the device with the
/// opening graph, all else starts as zeros there and is never copied in.
final class TornadoSession implements Session {
    private final List<Program> programs;
    private final Map<String, InputChecks> checks = new LinkedHashMap<>();
    private final DeviceLayout layout;
    private final DeviceArrays arrays;
    private final Function<Op, OpKernels> lowering;
    private final TornadoDevice device;
    private final boolean profiled;
    private final boolean captured;
    private final Set<Integer> filled = new HashSet<>();

    /// Whether the host wrote inputs that the device does not have yet.
    private boolean unsent = true;

    private final SingleUser user = new SingleUser("this session on TornadoVM");
    private @Nullable DevicePlan plan;

    TornadoSession(
            List<Program> programs,
            DeviceLayout layout,
            Function<Op, OpKernels> lowering,
            TornadoDevice device,
            boolean profiled,
            boolean captured) {
        this.programs = List.copyOf(programs);
        this.layout = layout;
        this.lowering = lowering;
        this.device = device;
        this.profiled = profiled;
        this.captured = captured;
        arrays = new DeviceArrays(layout);
        programs.forEach(program -> checks.put(program.name(), new InputChecks(program)));
    }

    @Override
    public void run(String program) {
        InputChecks check = checks.get(program);
        if (check == null) {
            throw new IllegalArgumentException(
                    "no program is named '%s'; this session has %s"
                            .formatted(program, checks.keySet()));
        }
        user.enter();
        try {
            check.check(layout, arrays.integers(layout.staged(DType.I32)));
            DevicePlan open = opened();
            if (unsent) {
                open.receive();
                unsent = false;
            }
            open.run(program);
        } finally {
            user.leave();
        }
    }

    private DevicePlan opened() {
        if (plan == null) {
            plan =
                    new DevicePlan(
                            layout,
                            arrays,
                            programs,
                            lowering,
                            filled::contains,
                            device,
                            profiled,
                            captured);
        }
        return plan;
    }

    @Override
    public void write(TensorSpec tensor, int slice, MemorySegment values) {
        user.enter();
        try {
            writeAlone(tensor, slice, values);
        } finally {
            user.leave();
        }
    }

    private void writeAlone(TensorSpec tensor, int slice, MemorySegment values) {
        Home home = home(tensor, slice, values);
        long first = home.start(tensor, slice);
        if (layout.isInbox(home.array())) {
            arrays.host(layout.staged(tensor.dtype()), first, values.byteSize()).copyFrom(values);
            unsent = true;
        } else if (plan == null) {
            arrays.host(home.array(), first, values.byteSize()).copyFrom(values);
            filled.add(home.array());
        } else if (tensor.dtype() != DType.I32) {
            plan.store(home.array(), first, values);
        } else {
            throw new IllegalArgumentException(
                    "%s holds integers that the device computes; write it before the first run"
                            .formatted(tensor.name()));
        }
    }

    @Override
    public boolean holds(TensorSpec tensor) {
        return programs.stream().anyMatch(program -> program.specs().contains(tensor));
    }

    @Override
    public void read(TensorSpec tensor, int slice, MemorySegment values) {
        user.enter();
        try {
            readAlone(tensor, slice, values);
        } finally {
            user.leave();
        }
    }

    private void readAlone(TensorSpec tensor, int slice, MemorySegment values) {
        Home home = home(tensor, slice, values);
        int array = home.array();
        if (layout.isInbox(array) && unsent) {
            array = layout.staged(tensor.dtype());
        } else if (plan != null) {
            plan.fetch(array);
        }
        values.copyFrom(arrays.host(array, home.start(tensor, slice), values.byteSize()));
    }

    private Home home(TensorSpec tensor, int slice, MemorySegment values) {
        Home home = layout.home(tensor);
        if (slice < 0 || slice >= tensor.slices()) {
            throw new IllegalArgumentException(
                    "%s has no slice %d; it has %d"
                            .formatted(tensor.name(), slice, tensor.slices()));
        }
        if (values.byteSize() != tensor.sliceBytes()) {
            throw new IllegalArgumentException(
                    "%s: %d bytes given, but a slice of %s has %d"
                            .formatted(
                                    tensor.name(),
                                    values.byteSize(),
                                    tensor.shape(),
                                    tensor.sliceBytes()));
        }
        return home;
    }

    @Override
    public Optional<Profile> profile() {
        return plan == null ? Optional.empty() : plan.profile();
    }

    @Override
    public long allocatedBytes() {
        return arrays.allocatedBytes();
    }

    @Override
    public void close() {
        if (plan != null) {
            plan.close();
            plan = null;
        }
    }
}
