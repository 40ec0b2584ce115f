package uk.ac.manchester.tornado.api.exceptions;

/// The device has no doubles.
public class TornadoDeviceFP64NotSupported extends RuntimeException {

    /// With a message.
    public TornadoDeviceFP64NotSupported(final String msg) {
        super(msg);
    }
}
