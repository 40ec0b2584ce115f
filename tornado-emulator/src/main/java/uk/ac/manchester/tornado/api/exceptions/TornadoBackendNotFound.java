package uk.ac.manchester.tornado.api.exceptions;

/// No such backend.
public class TornadoBackendNotFound extends TornadoRuntimeException {

    /// With a message.
    public TornadoBackendNotFound(String msg) {
        super(msg);
    }
}
