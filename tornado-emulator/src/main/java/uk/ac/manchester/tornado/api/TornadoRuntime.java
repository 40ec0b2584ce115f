package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/// The backends that are installed.
public interface TornadoRuntime {

    /// A backend by its number.
    TornadoBackend getBackend(int index);

    /// What a backend translates kernels to.
    TornadoVMBackendType getBackendType(int index);

    /// How many backends there are.
    int getNumBackends();

    /// The device that runs where no other is chosen.
    TornadoDevice getDefaultDevice();
}
