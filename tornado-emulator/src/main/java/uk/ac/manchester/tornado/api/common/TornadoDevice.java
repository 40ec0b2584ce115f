package uk.ac.manchester.tornado.api.common;

import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/// A device that runs kernels.
public interface TornadoDevice {

    /// A short name.
    String getDeviceName();

    /// A description for people.
    String getDescription();

    /// The name of the driver's platform.
    String getPlatformName();

    /// The device as its driver describes it.
    TornadoTargetDevice getPhysicalDevice();

    /// The kind of the device.
    TornadoDeviceType getDeviceType();

    /// The bytes of the largest buffer.
    long getMaxAllocMemory();

    /// The bytes of global memory.
    long getMaxGlobalMemory();

    /// The bytes of local memory of a group.
    long getDeviceLocalMemorySize();

    /// The largest group, by dimension.
    long[] getDeviceMaxWorkgroupDimensions();

    /// The number of the backend.
    int getBackendIndex();

    /// What kernels are translated to.
    TornadoVMBackendType getTornadoVMBackend();
}
