package io.tornadogpt.evaluation;

import java.util.Arrays;

/// A continuation whose likelihood behind a context is asked for.
///
/// Immutable, so that threads may share it.
final class ScoreRequest {
    private final int[] context;
    private final int[] continuation;

    /// @param context one token or more
    /// @param continuation one token or more
    ScoreRequest(int[] context, int[] continuation) {
        this.context = context.clone();
        this.continuation = continuation.clone();
    }

    /// Cut from the left so that a model sees all that is left: of both together one token more
    /// than its context has positions, for the last is never read.
    ScoreRequest cut(int positions) {
        int most = Math.max(0, positions + 1 - continuation.length);
        return context.length <= most
                ? this
                : new ScoreRequest(
                        Arrays.copyOfRange(context, context.length - most, context.length),
                        continuation);
    }

    int[] context() {
        return context.clone();
    }

    int[] continuation() {
        return continuation.clone();
    }

    int contextLength() {
        return context.length;
    }

    int continuationLength() {
        return continuation.length;
    }

    /// How many tokens are read.
    int length() {
        return context.length + continuation.length - 1;
    }
}
