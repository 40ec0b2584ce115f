package uk.ac.manchester.tornado.api.exceptions;

/// The device has no room.
public class TornadoMemoryException extends RuntimeException {

    /// With a message.
    public TornadoMemoryException(final String msg) {
        super(msg);
    }
}
