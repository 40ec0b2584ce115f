package uk.ac.manchester.tornado.api.exceptions;

/// The device has no half floats.
public class TornadoDeviceFP16NotSupported extends RuntimeException {

    /// With a message.
    public TornadoDeviceFP16NotSupported(final String msg) {
        super(msg);
    }
}
