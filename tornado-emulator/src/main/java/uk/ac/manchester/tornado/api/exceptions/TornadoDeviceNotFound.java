package uk.ac.manchester.tornado.api.exceptions;

/// No such device.
public class TornadoDeviceNotFound extends TornadoRuntimeException {

    /// With a message.
    public TornadoDeviceNotFound(String msg) {
        super(msg);
    }
}
