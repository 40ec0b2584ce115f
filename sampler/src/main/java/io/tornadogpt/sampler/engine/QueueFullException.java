package io.tornadogpt.sampler.engine;

import java.time.Duration;

/// So many requests wait that no more are taken. The same request may be made again later.
public final class QueueFullException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Duration retryAfter;

    QueueFullException(String who, int waiting, int limit, Duration retryAfter) {
        super(
                "%s %d requests waiting, of %d that may wait; try again in %d s"
                        .formatted(who, waiting, limit, retryAfter.toSeconds()));
        this.retryAfter = retryAfter;
    }

    /// When there is probably room, in whole seconds, 1 or more.
    public Duration retryAfter() {
        return retryAfter;
    }
}
