package io.tornadogpt.trainer.settings;

/// The learning rate of each step.
///
/// With s the step (from 0), w the warm-up steps, n all steps, and p and m the peak and the
/// minimum:
///
/// - in the warm-up, s < w, of every schedule: p (s + 1) / (w + 1), as in nanoGPT's `get_lr`;
/// - behind the last step, s > n, of every schedule but `constant`: m;
/// - `constant`: p;
/// - `linear`: m + (1 - r) (p - m), where r = (s - w) / (n - w);
/// - `cosine`: m + (1 + cos(pi r)) / 2 (p - m), with the same r;
/// - `wsd`: p while s < d, where d is the larger of w and n - floor(n / 5); then m + (1 - sqrt(q))
///   (p - m), where q = (s - d) / (n - d).
///
/// @param peak reached behind the warm-up
/// @param minimum reached at step n
public record LearningRate(
        Schedule schedule, double peak, double minimum, int warmupSteps, int steps) {

    /// @throws IllegalArgumentException unless 0 <= minimum <= peak, warmupSteps >= 0, steps >= 1
    public LearningRate {
        if (!(minimum >= 0 && minimum <= peak && Double.isFinite(peak))
                || warmupSteps < 0
                || steps < 1) {
            throw new IllegalArgumentException(
                    ("no learning rate goes from %s to %s in %d steps after %d of warm-up; expected"
                                    + " 0 <= minimum <= peak, warmupSteps >= 0, steps >= 1")
                            .formatted(peak, minimum, steps, warmupSteps));
        }
    }

    /// The learning rate of a step, counted from 0.
    public double at(int step) {
        if (step < warmupSteps) {
            return peak * (step + 1.0) / (warmupSteps + 1.0);
        }
        return switch (schedule) {
            case CONSTANT -> peak;
            case LINEAR -> between(1 - progress(step, warmupSteps));
            // StrictMath: the same bits on every machine.
            case COSINE ->
                    between(0.5 * (1 + StrictMath.cos(Math.PI * progress(step, warmupSteps))));
            case WSD -> between(1 - Math.sqrt(progress(step, decayStart())));
        };
    }

    private int decayStart() {
        return Math.max(warmupSteps, steps - steps / 5);
    }

    /// The part of the decay that is behind this step, 0 to 1.
    private double progress(int step, int start) {
        if (step <= start) {
            return 0;
        }
        return step >= steps ? 1 : (step - start) / (double) (steps - start);
    }

    private double between(double weightOfPeak) {
        return minimum + weightOfPeak * (peak - minimum);
    }
}
