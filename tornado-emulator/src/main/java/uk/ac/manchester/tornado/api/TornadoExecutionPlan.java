package uk.ac.manchester.tornado.api;

import io.tornadogpt.emulator.engine.NDRange;
import io.tornadogpt.emulator.engine.PlanRun;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/// Runs task graphs that share the device's memory.
///
/// Each method that begins with `with` changes the plan and returns it.
public class TornadoExecutionPlan implements AutoCloseable {

    /// The device that runs where no other is chosen.
    public static TornadoDevice DEFAULT_DEVICE =
            TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice();

    private static final AtomicLong PLANS = new AtomicLong();

    private final long id = PLANS.incrementAndGet();
    private final PlanRun run;

    /// A plan of some graphs, all of them selected.
    public TornadoExecutionPlan(ImmutableTaskGraph... immutableTaskGraphs) {
        run =
                new PlanRun(
                        Arrays.stream(immutableTaskGraphs).map(ImmutableTaskGraph::graph).toList(),
                        KernelContext::new);
    }

    /// A device.
    public static TornadoDevice getDevice(int driverIndex, int deviceIndex) {
        return TornadoRuntimeProvider.getTornadoRuntime()
                .getBackend(driverIndex)
                .getDevice(deviceIndex);
    }

    /// How many plans were made.
    public static int getTotalPlans() {
        return PLANS.intValue();
    }

    /// All devices.
    public static TornadoDeviceMap getTornadoDeviceMap() {
        return new TornadoDeviceMap();
    }

    /// Runs the selected graphs.
    public TornadoExecutionResult execute() {
        run.execute();
        return new TornadoExecutionResult(run);
    }

    /// Selects one graph.
    public TornadoExecutionPlan withGraph(int graphIndex) {
        run.select(graphIndex);
        return this;
    }

    /// Selects all graphs.
    public TornadoExecutionPlan withAllGraphs() {
        run.selectAll();
        return this;
    }

    /// Sets the grids of the tasks.
    public TornadoExecutionPlan withGridScheduler(GridScheduler gridScheduler) {
        run.grids(gridScheduler.keySet(), task -> range(gridScheduler.get(task)));
        return this;
    }

    private static @Nullable NDRange range(@Nullable WorkerGrid grid) {
        return grid == null ? null : NDRange.of(grid.getGlobalWork(), grid.getLocalWork());
    }

    /// Compiles ahead of time: nothing to do here.
    public TornadoExecutionPlan withPreCompilation() {
        return this;
    }

    /// Chooses the device: there is one.
    public TornadoExecutionPlan withDevice(TornadoDevice device) {
        return this;
    }

    /// Measures times from now on, for [TornadoExecutionResult#getProfilerResult]: the emulator
    /// does so anyway, and prints none.
    public TornadoExecutionPlan withProfiler(ProfilerMode profilerMode) {
        return this;
    }

    /// Replays graphs that were executed once: the emulator runs them again, and only holds to it
    /// that this is asked for in time.
    public TornadoExecutionPlan withCUDAGraph() {
        run.capture();
        return this;
    }

    /// The device of a graph.
    public TornadoDevice getDevice(int immutableTaskGraphIndex) {
        return DEFAULT_DEVICE;
    }

    /// Frees the device's memory.
    public TornadoExecutionPlan freeDeviceMemory() {
        run.free();
        return this;
    }

    /// Frees the device's memory.
    public TornadoExecutionPlan resetDevice() {
        return freeDeviceMemory();
    }

    /// The plan's number.
    public long getId() {
        return id;
    }

    /// The bytes that the selected graphs use on the device.
    public long getCurrentDeviceMemoryUsage() {
        return run.deviceBytes();
    }

    @Override
    public void close() throws TornadoExecutionPlanException {
        freeDeviceMemory();
    }
}
