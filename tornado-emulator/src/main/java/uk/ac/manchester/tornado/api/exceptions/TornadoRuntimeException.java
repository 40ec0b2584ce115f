package uk.ac.manchester.tornado.api.exceptions;

/// A graph, a plan or a device is used wrongly.
public class TornadoRuntimeException extends RuntimeException {

    /// With a message.
    public TornadoRuntimeException(final String msg) {
        super(msg);
    }
}
