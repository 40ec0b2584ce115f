package io.tornadogpt.core.backend;

import org.jspecify.annotations.Nullable;

import java.io.Serial;

/// A device that cannot be used as it is: a driver is missing, an option is not set, or it could
/// not compile or run what it was given. The message says what to do.
public class DeviceException extends IllegalStateException {
    @Serial private static final long serialVersionUID = 1;

    public DeviceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    public DeviceException(String message) {
        this(message, null);
    }
}
