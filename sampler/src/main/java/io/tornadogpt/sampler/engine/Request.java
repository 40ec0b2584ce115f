package io.tornadogpt.sampler.engine;

import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.LogitBias;
import io.tornadogpt.sampler.Prompt;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// What an [Engine] is asked for: `Request.of(tokens,
/// options).withStopStrings(List.of("\n")).withDeadline(Duration.ofSeconds(30))`.
///
/// @param prompt tokens, and how to continue them; not longer than the model's context
/// @param client whose request it is: clients take turns, whoever has more waiting
/// @param stopStrings text ends before any of these
/// @param scores how many of the most likely tokens are told beside each token's log-probability;
///   empty for no log-probabilities
/// @param promptScores whether the prompt's tokens have scores too
/// @param deadline from submission on; a request that is not done then ends with what it has
/// @param bias what is added to logits
/// @param constraint which tokens may come, such as a grammar's
public record Request(
        Prompt prompt,
        String client,
        List<String> stopStrings,
        OptionalInt scores,
        PromptScores promptScores,
        Optional<Duration> deadline,
        LogitBias bias,
        Optional<TokenConstraint> constraint) {
    /// Whether a prompt's tokens have scores.
    public enum PromptScores {
        NONE,
        /// Then the prompt is continued.
        THEN_TEXT,
        /// And nothing is generated.
        ALONE
    }

    public Request {
        stopStrings = List.copyOf(stopStrings);
        if (stopStrings.contains("")) {
            throw new IllegalArgumentException(
                    "a stop string is empty; expected at least one character");
        }
        if (scores.isPresent() && scores.getAsInt() < 0) {
            throw new IllegalArgumentException(
                    "%d alternatives to each token are asked for; expected 0 or more"
                            .formatted(scores.getAsInt()));
        }
        if (promptScores != PromptScores.NONE && scores.isEmpty()) {
            throw new IllegalArgumentException(
                    "scores of the prompt are asked for, but not how many alternatives to each"
                            + " token; give a number, 0 for none");
        }
        if (deadline.isPresent() && !deadline.get().isPositive()) {
            throw new IllegalArgumentException(
                    "the deadline is %s; expected a time to come".formatted(deadline.get()));
        }
    }

    /// A request for nothing but text.
    ///
    /// @param prompt token ids, one or more
    public static Request of(int[] prompt, GenerationOptions options) {
        return new Request(
                new Prompt(prompt, options),
                "",
                List.of(),
                OptionalInt.empty(),
                PromptScores.NONE,
                Optional.empty(),
                new LogitBias(Map.of()),
                Optional.empty());
    }

    public Request withClient(String value) {
        return new Request(
                prompt, value, stopStrings, scores, promptScores, deadline, bias, constraint);
    }

    public Request withStopStrings(List<String> value) {
        return new Request(prompt, client, value, scores, promptScores, deadline, bias, constraint);
    }

    /// Asks for the log-probability of each token.
    ///
    /// @param alternatives how many of the most likely tokens are told beside it
    public Request withScores(int alternatives) {
        return new Request(
                prompt,
                client,
                stopStrings,
                OptionalInt.of(alternatives),
                promptScores,
                deadline,
                bias,
                constraint);
    }

    /// As [#withScores], of the prompt's tokens too.
    public Request withPromptScores(PromptScores value, int alternatives) {
        return new Request(
                prompt,
                client,
                stopStrings,
                OptionalInt.of(alternatives),
                value,
                deadline,
                bias,
                constraint);
    }

    public Request withDeadline(Duration value) {
        return new Request(
                prompt,
                client,
                stopStrings,
                scores,
                promptScores,
                Optional.of(value),
                bias,
                constraint);
    }

    public Request withBias(Map<Integer, Double> value) {
        return new Request(
                prompt,
                client,
                stopStrings,
                scores,
                promptScores,
                deadline,
                new LogitBias(value),
                constraint);
    }

    public Request withConstraint(TokenConstraint value) {
        return new Request(
                prompt,
                client,
                stopStrings,
                scores,
                promptScores,
                deadline,
                bias,
                Optional.of(value));
    }
}
