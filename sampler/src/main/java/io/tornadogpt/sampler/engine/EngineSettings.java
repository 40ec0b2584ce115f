package io.tornadogpt.sampler.engine;

import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.tokenizer.Tokenizer;

import java.util.Optional;

/// How an [Engine] is opened: `EngineSettings.DEFAULT.withSlots(16).withTokenizer(tokenizer)`.
///
/// @param slots sequences that are generated at a time; each has a key-value cache of the model's
///   context
/// @param waiting requests that may wait for a slot
/// @param waitingPerClient how many of them may be of one client
/// @param scoresPrompts whether requests may ask for the log-probabilities of their prompts, for
///   which the engine keeps a program
/// @param tokenizer makes texts of tokens; without one there are tokens only
/// @param execution how the device runs; it changes no result
public record EngineSettings(
        int slots,
        int waiting,
        int waitingPerClient,
        boolean scoresPrompts,
        Optional<Tokenizer> tokenizer,
        ExecutionOptions execution) {
    /// Eight slots, and eight waiting requests for each.
    public static final EngineSettings DEFAULT =
            new EngineSettings(8, 64, 64, true, Optional.empty(), ExecutionOptions.DEFAULT);

    public EngineSettings {
        atLeast("slots", slots, 1);
        atLeast("waiting", waiting, 0);
        atLeast("waitingPerClient", waitingPerClient, 0);
    }

    private static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    "%s is %d; expected %d or more".formatted(name, value, least));
        }
    }

    public EngineSettings withSlots(int value) {
        return new EngineSettings(
                value, waiting, waitingPerClient, scoresPrompts, tokenizer, execution);
    }

    /// As many requests may wait, of one client or of many.
    public EngineSettings withWaiting(int value) {
        return new EngineSettings(slots, value, value, scoresPrompts, tokenizer, execution);
    }

    public EngineSettings withWaitingPerClient(int value) {
        return new EngineSettings(slots, waiting, value, scoresPrompts, tokenizer, execution);
    }

    public EngineSettings withScoresPrompts(boolean value) {
        return new EngineSettings(slots, waiting, waitingPerClient, value, tokenizer, execution);
    }

    public EngineSettings withTokenizer(Tokenizer value) {
        return new EngineSettings(
                slots, waiting, waitingPerClient, scoresPrompts, Optional.of(value), execution);
    }

    public EngineSettings withExecution(ExecutionOptions value) {
        return new EngineSettings(
                slots, waiting, waitingPerClient, scoresPrompts, tokenizer, value);
    }
}
