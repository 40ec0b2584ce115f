package uk.ac.manchester.tornado.api.exceptions;

/// The device's memory budget is used up.
public class TornadoOutOfMemoryException extends RuntimeException {

    /// With a message.
    public TornadoOutOfMemoryException(final String msg) {
        super(msg);
    }
}
