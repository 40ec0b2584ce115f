package uk.ac.manchester.tornado.api.exceptions;

/// A kernel could not be compiled.
public class TornadoBailoutRuntimeException extends RuntimeException {

    /// With a message.
    public TornadoBailoutRuntimeException(final String msg) {
        super(msg);
    }
}
