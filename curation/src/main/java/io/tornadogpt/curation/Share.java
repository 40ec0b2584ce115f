package io.tornadogpt.curation;

/// Between which shares something is expected.
///
/// @param least from 0 to 1
/// @param most from `least` to 1
public record Share(double least, double most) {
    /// @throws RecipeException where they are out of order
    public Share {
        if (!(least >= 0 && least <= most && most <= 1)) {
            throw new RecipeException(
                    "a share is expected from %s to %s; give two numbers from 0 to 1, the lower one first"
                            .formatted(least, most));
        }
    }

    /// Whether a share is as expected.
    public boolean holds(double share) {
        return share >= least && share <= most;
    }
}
