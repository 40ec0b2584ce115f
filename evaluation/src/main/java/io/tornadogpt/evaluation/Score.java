package io.tornadogpt.evaluation;

/// How likely a continuation is.
///
/// @param logLikelihood natural logarithm of its probability
/// @param greedy whether each of its tokens is the most likely one
/// @param tokens how many it has
public record Score(double logLikelihood, boolean greedy, int tokens) {
    /// Two parts of one text.
    Score plus(Score other) {
        return new Score(
                logLikelihood + other.logLikelihood, greedy && other.greedy, tokens + other.tokens);
    }
}
