package io.tornadogpt.bench;

import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/// What a job took, told as people compare it. All figures are of medians.
///
/// @param facts what was done each time
/// @param burst how long it took each time
public record Measurement(Job.Facts facts, Burst burst) {

    /// Milliseconds of a step or of a token, the prompt's share included.
    public Quartiles milliseconds() {
        return quartiles(timing -> timing.milliseconds() / facts.units());
    }

    /// Tokens trained on or generated in a second.
    public double tokensPerSecond() {
        return facts.tokens() * 1000 / medianMilliseconds();
    }

    /// Floating-point operations of matrix products in a second.
    public double flopsPerSecond() {
        return facts.flops() * 1000 / medianMilliseconds();
    }

    /// Milliseconds from the prompt to the first token, where something is generated.
    public OptionalDouble firstTokenMilliseconds() {
        return generates()
                ? OptionalDouble.of(quartiles(Job.Timing::firstMilliseconds).median())
                : OptionalDouble.empty();
    }

    /// Bytes of weights read in a second from the first token to the last, where something is
    /// generated.
    public OptionalDouble weightBytesPerSecond() {
        if (!generates()) {
            return OptionalDouble.empty();
        }
        double decoding =
                quartiles(timing -> timing.milliseconds() - timing.firstMilliseconds()).median();
        return OptionalDouble.of(facts.weightBytes() * (facts.tokens() - 1.0) * 1000 / decoding);
    }

    /// The most memory in use, 0 where that is not known.
    public long peakBytes() {
        return burst.peakBytes();
    }

    private boolean generates() {
        return facts.weightBytes() > 0;
    }

    private double medianMilliseconds() {
        return quartiles(Job.Timing::milliseconds).median();
    }

    private Quartiles quartiles(ToDoubleFunction<Job.Timing> value) {
        return Quartiles.of(burst.timings().stream().mapToDouble(value).toArray());
    }
}
