package io.tornadogpt.sampler;

/// Why a sequence ended.
public enum FinishReason {
    /// It has as many new tokens as were asked for.
    MAX_NEW_TOKENS,
    /// The model drew an end token, which is not part of the result.
    END_TOKEN,
    /// A stop string came up, or the listener wanted no more.
    STOPPED,
    /// The model's context has no room for another token; only where nothing slides it on.
    CONTEXT_FULL,
    /// Nobody wants the rest.
    CANCELLED,
    /// It was not done in the time it was given.
    DEADLINE
}
