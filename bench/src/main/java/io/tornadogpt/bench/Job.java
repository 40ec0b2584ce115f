package io.tornadogpt.bench;

import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;

import java.util.Optional;

/// Work that can be done again and again and takes the same each time: a training step, or the
/// generation of one text. Used by one thread at a time.
public interface Job extends AutoCloseable {
    /// What is done each time.
    Facts facts();

    /// Does it once.
    Timing run();

    /// Where the time went since this was asked last; see [Session#profile].
    default Optional<Profile> profile() {
        return Optional.empty();
    }

    @Override
    void close();

    /// What doing it once means.
    ///
    /// @param device what it runs on, in words
    /// @param unit what a time is given for: `step`, `token`
    /// @param units how many of these there are each time
    /// @param tokens how many tokens are trained on or generated
    /// @param flops floating-point operations of matrix products
    /// @param weightBytes bytes of weights that generating a token reads, 0 where nothing is
    ///   generated
    /// @param plannedBytes what the session holds for tensors
    /// @param learningBytes of these, gradients and the optimizer's state, 0 where nothing is
    ///   trained
    record Facts(
            String device,
            String unit,
            int units,
            long tokens,
            double flops,
            long weightBytes,
            long plannedBytes,
            long learningBytes) {
        /// Of a job that trains nothing.
        public Facts(
                String device,
                String unit,
                int units,
                long tokens,
                double flops,
                long weightBytes,
                long plannedBytes) {
            this(device, unit, units, tokens, flops, weightBytes, plannedBytes, 0);
        }
    }

    /// How long it took once.
    ///
    /// @param milliseconds in all
    /// @param firstMilliseconds of it, until the first token was there; 0 where nothing is
    ///   generated
    record Timing(double milliseconds, double firstMilliseconds) {}
}
