package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

import java.util.List;

/// The devices that one kind of driver drives.
public interface TornadoBackend {

    /// The device that runs where no other is chosen.
    TornadoDevice getDefaultDevice();

    /// How many devices there are.
    int getNumDevices();

    /// A device by its number.
    TornadoDevice getDevice(int index);

    /// The devices.
    List<TornadoDevice> getAllDevices();

    /// What the default device is.
    TornadoDeviceType getTypeDefaultDevice();

    /// The backend's name.
    String getName();

    /// What kernels are translated to.
    TornadoVMBackendType getBackendType();
}
