package uk.ac.manchester.tornado.api;

/// A device as its driver describes it.
public interface TornadoTargetDevice {

    /// The name.
    String getDeviceName();

    /// The bytes of global memory.
    long getDeviceGlobalMemorySize();

    /// The bytes of local memory of a group.
    long getDeviceLocalMemorySize();

    /// How many groups run at once.
    int getDeviceMaxComputeUnits();

    /// The largest group, by dimension.
    long[] getDeviceMaxWorkItemSizes();

    /// The largest group.
    long[] getDeviceMaxWorkGroupSize();

    /// The bytes of the largest buffer.
    long getDeviceMaxAllocationSize();

    /// A description for people.
    String getDeviceInfo();
}
