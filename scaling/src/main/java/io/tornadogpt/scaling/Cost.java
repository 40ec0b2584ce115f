package io.tornadogpt.scaling;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;

/// What it costs to train on one token by the size of the model: operations or seconds. Between
/// sizes that are known, and beyond them, the logarithm of the cost is linear in that of the size.
/// Small models spend much on their embeddings and heads, so `6 N` would be wrong for them.
///
/// Immutable, so that threads may share it.
public final class Cost {
    private final double[] sizes;
    private final double[] costs;

    private Cost(double[] sizes, double[] costs) {
        this.sizes = sizes;
        this.costs = costs;
    }

    /// By what is known of at least two sizes.
    ///
    /// @param known cost of a token by parameters
    public static Cost of(Map<Double, Double> known) {
        if (known.size() < 2) {
            throw new IllegalArgumentException(
                    "the cost of %d size is known; expected two or more".formatted(known.size()));
        }
        double[] sizes = known.keySet().stream().mapToDouble(n -> n).sorted().toArray();
        double[] costs =
                known.entrySet().stream()
                        .sorted(Comparator.comparingDouble(Map.Entry::getKey))
                        .mapToDouble(Map.Entry::getValue)
                        .toArray();
        return new Cost(sizes, costs);
    }

    /// The cost of a token for a model of that size.
    public double ofToken(double parameters) {
        int found = Arrays.binarySearch(sizes, parameters);
        int above = Math.clamp(found >= 0 ? found : -found - 1, 1, sizes.length - 1);
        double x0 = Math.log(sizes[above - 1]);
        double x1 = Math.log(sizes[above]);
        double part = (Math.log(parameters) - x0) / (x1 - x0);
        return Math.exp((1 - part) * Math.log(costs[above - 1]) + part * Math.log(costs[above]));
    }
}
