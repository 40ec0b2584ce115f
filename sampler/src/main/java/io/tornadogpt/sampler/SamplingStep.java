package io.tornadogpt.sampler;

/// One step of a [SamplingChain]: changes the logits of the candidates or removes some of them.
///
/// A step may be used for many sequences and chains, so it keeps nothing from call to call. One
/// that forbids a token:
///
/// ```java
/// SamplingStep noNewline =
///         (candidates, history) -> candidates.retain((token, logit) -> token != 198);
/// ```
@FunctionalInterface
public interface SamplingStep {
    /// Works on what the steps before left over. At least one candidate has to stay, and every
    /// logit has to stay below positive infinity; negative infinity removes a token.
    ///
    /// @param candidates never empty, all logits finite
    /// @param history the sequence so far
    void apply(Candidates candidates, TokenHistory history);
}
