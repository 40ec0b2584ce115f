package io.tornadogpt.trainer.parallel;

/// Where the time of an exchange goes, in seconds since it was opened.
///
/// Immutable, so that threads may share it.
///
/// @param sums adding up the gradients of a process's own micro-batches
/// @param waiting for small messages of the others, such as their losses: for those that compute
///   longer
/// @param gradients moving gradients
/// @param additions adding up what came, and the sum of its squares
/// @param norm bringing together sums of squares
/// @param update of a process's own part of the weights
/// @param weights moving weights
public record ExchangeTimes(
        double sums,
        double waiting,
        double gradients,
        double additions,
        double norm,
        double update,
        double weights) {

    /// What passed since an earlier moment.
    public ExchangeTimes since(ExchangeTimes earlier) {
        return new ExchangeTimes(
                sums - earlier.sums,
                waiting - earlier.waiting,
                gradients - earlier.gradients,
                additions - earlier.additions,
                norm - earlier.norm,
                update - earlier.update,
                weights - earlier.weights);
    }

    /// All that a process does or waits for because there are others, so without its update.
    public double exchange() {
        return sums + waiting + gradients + additions + norm + weights;
    }
}
