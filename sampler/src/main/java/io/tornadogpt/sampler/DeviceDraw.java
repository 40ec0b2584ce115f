package io.tornadogpt.sampler;

import org.jspecify.annotations.Nullable;

/// A draw that a device makes itself, so that only the token comes to the host: by temperature and
/// top-k alone, as [io.tornadogpt.core.op.Sample] does. It is the same on every device, up to
/// tokens that come within a rounding error of each other.
///
/// @param temperature 0 for the most likely token
/// @param k 0 for no limit
record DeviceDraw(double temperature, int k) {
    /// What a chain comes to, or null if it takes more than a device can do.
    static @Nullable DeviceDraw of(SamplingChain chain) {
        Temperature temperature = null;
        TopK topK = null;
        for (SamplingStep step : chain.steps()) {
            if (step instanceof Temperature t && temperature == null) {
                temperature = t;
            } else if (step instanceof TopK k && topK == null) {
                topK = k;
            } else if (!changesNothing(step)) {
                return null;
            }
        }
        return new DeviceDraw(
                temperature == null ? 1 : temperature.value(), topK == null ? 0 : topK.k());
    }

    private static boolean changesNothing(SamplingStep step) {
        return switch (step) {
            case RepetitionPenalty p -> p.penalty() == 1;
            case FrequencyPenalty p -> p.penalty() == 0;
            case PresencePenalty p -> p.penalty() == 0;
            case TopP p -> p.p() == 1;
            case MinP p -> p.p() == 0;
            default -> false;
        };
    }
}
