package io.tornadogpt.sampler;

import java.util.List;
import java.util.stream.Stream;

/// How a token is chosen: steps that run one after the other over the model's logits; what they
/// leave is drawn from. A chain without steps draws from the model's own distribution.
///
/// [SamplingOptions#chain] makes the usual one, [#then] and [#after] add a step of one's own.
///
/// @param steps in order
public record SamplingChain(List<SamplingStep> steps) {
    /// Always the most likely token.
    public static final SamplingChain GREEDY = of(new Temperature(0));

    public SamplingChain {
        steps = List.copyOf(steps);
    }

    public static SamplingChain of(SamplingStep... steps) {
        return new SamplingChain(List.of(steps));
    }

    /// This chain, then one step more.
    public SamplingChain then(SamplingStep step) {
        return new SamplingChain(Stream.concat(steps.stream(), Stream.of(step)).toList());
    }

    /// One step, then this chain.
    public SamplingChain after(SamplingStep step) {
        return new SamplingChain(Stream.concat(Stream.of(step), steps.stream()).toList());
    }

    /// Runs the steps.
    ///
    /// @throws InvalidLogitsException if the model or a step left nothing to draw from, naming it
    void apply(Candidates candidates, TokenHistory history) {
        candidates.settle("the model");
        for (SamplingStep step : steps) {
            step.apply(candidates, history);
            candidates.settle(step);
        }
    }
}
