package uk.ac.manchester.tornado.api.exceptions;

import org.jspecify.annotations.Nullable;

/// A plan could not be closed.
public class TornadoExecutionPlanException extends Exception {

    /// With a message.
    public TornadoExecutionPlanException(String reason) {
        super(reason);
    }

    /// With a message and a cause.
    public TornadoExecutionPlanException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
