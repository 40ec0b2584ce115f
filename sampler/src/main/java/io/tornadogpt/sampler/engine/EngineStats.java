package io.tornadogpt.sampler.engine;

/// What an [Engine] does, and has done since it was opened.
///
/// @param active requests in a slot
/// @param waiting requests without one
/// @param finished requests that ended, for whatever reason
/// @param failed those of them that failed
/// @param refused requests that the queue had no room for
/// @param promptTokens of the requests that ended
/// @param keptTokens how many of these the cache held from a sequence before
/// @param generatedTokens of the requests that ended
public record EngineStats(
        int active,
        int waiting,
        long finished,
        long failed,
        long refused,
        long promptTokens,
        long keptTokens,
        long generatedTokens) {
    static final EngineStats NONE = new EngineStats(0, 0, 0, 0, 0, 0, 0, 0);

    EngineStats now(int activeNow, int waitingNow) {
        return new EngineStats(
                activeNow,
                waitingNow,
                finished,
                failed,
                refused,
                promptTokens,
                keptTokens,
                generatedTokens);
    }

    EngineStats refusing(int requests) {
        return new EngineStats(
                active,
                waiting,
                finished,
                failed,
                refused + requests,
                promptTokens,
                keptTokens,
                generatedTokens);
    }

    EngineStats after(Job job, boolean failure) {
        return new EngineStats(
                active,
                waiting,
                finished + 1,
                failed + (failure ? 1 : 0),
                refused,
                promptTokens + job.tokens().length,
                keptTokens + job.kept(),
                generatedTokens + job.generated());
    }
}
