package uk.ac.manchester.tornado.api.runtime;

import io.tornadogpt.emulator.engine.Limits;

import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

import java.util.List;
import java.util.Objects;

/// One runtime, one backend, one device: the JVM itself.
final class EmulatorRuntime
        implements TornadoRuntime, TornadoBackend, TornadoDevice, TornadoTargetDevice {

    private static final String NAME = "TornadoGPT emulator";

    /// An array's elements are numbered by an `int`.
    private static final long LARGEST_BUFFER = 4L * Integer.MAX_VALUE;

    @Override
    public TornadoBackend getBackend(int index) {
        Objects.checkIndex(index, 1);
        return this;
    }

    @Override
    public TornadoVMBackendType getBackendType(int index) {
        return getBackend(index).getBackendType();
    }

    @Override
    public int getNumBackends() {
        return 1;
    }

    @Override
    public TornadoDevice getDefaultDevice() {
        return this;
    }

    @Override
    public int getNumDevices() {
        return 1;
    }

    @Override
    public TornadoDevice getDevice(int index) {
        Objects.checkIndex(index, 1);
        return this;
    }

    @Override
    public List<TornadoDevice> getAllDevices() {
        return List.of(this);
    }

    @Override
    public TornadoDeviceType getTypeDefaultDevice() {
        return getDeviceType();
    }

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    public TornadoVMBackendType getBackendType() {
        return TornadoVMBackendType.JAVA;
    }

    @Override
    public String getDeviceName() {
        return NAME;
    }

    @Override
    public String getDescription() {
        return NAME + " on " + System.getProperty("java.vm.name");
    }

    @Override
    public String getPlatformName() {
        return NAME;
    }

    @Override
    public TornadoTargetDevice getPhysicalDevice() {
        return this;
    }

    @Override
    public TornadoDeviceType getDeviceType() {
        return TornadoDeviceType.CPU;
    }

    @Override
    public long getMaxAllocMemory() {
        return LARGEST_BUFFER;
    }

    @Override
    public long getMaxGlobalMemory() {
        return Runtime.getRuntime().maxMemory();
    }

    @Override
    public long getDeviceLocalMemorySize() {
        return Limits.fromProperties().localMemoryBytes();
    }

    @Override
    public long[] getDeviceMaxWorkgroupDimensions() {
        return getDeviceMaxWorkItemSizes();
    }

    @Override
    public int getBackendIndex() {
        return 0;
    }

    @Override
    public TornadoVMBackendType getTornadoVMBackend() {
        return getBackendType();
    }

    @Override
    public long getDeviceGlobalMemorySize() {
        return getMaxGlobalMemory();
    }

    @Override
    public int getDeviceMaxComputeUnits() {
        return 1;
    }

    @Override
    public long[] getDeviceMaxWorkItemSizes() {
        long size = Limits.fromProperties().workGroupSize();
        return new long[] {size, size, size};
    }

    @Override
    public long[] getDeviceMaxWorkGroupSize() {
        return new long[] {Limits.fromProperties().workGroupSize()};
    }

    @Override
    public long getDeviceMaxAllocationSize() {
        return LARGEST_BUFFER;
    }

    @Override
    public String getDeviceInfo() {
        return getDescription();
    }

    @Override
    public String toString() {
        return getDescription();
    }
}
