package io.tornadogpt.hub;

import java.io.IOException;

/// A model that cannot be fetched. The message is one sentence that says why, and what to do.
public final class HubException extends IOException {
    private static final long serialVersionUID = 1;

    public HubException(String message) {
        super(message);
    }

    public HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
