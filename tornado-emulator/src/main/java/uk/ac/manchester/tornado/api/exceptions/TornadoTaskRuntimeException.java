package uk.ac.manchester.tornado.api.exceptions;

/// A task is used wrongly.
public class TornadoTaskRuntimeException extends RuntimeException {

    /// With a message.
    public TornadoTaskRuntimeException(final String msg) {
        super(msg);
    }
}
