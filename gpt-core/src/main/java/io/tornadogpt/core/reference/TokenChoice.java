package io.tornadogpt.core.reference;

import static java.util.Comparator.comparingDouble;

import io.tornadogpt.core.op.ArgMax;
import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.random.GumbelNoise;
import io.tornadogpt.core.random.Threefry;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// Which token comes next: the most likely one, or one drawn at random.
final class TokenChoice {
    /// What is chosen where there is nothing to choose from.
    private static final int NONE = -1;

    /// What a logit is above unless its token is not to be drawn.
    private static final double LOWEST = -1e30f;

    private TokenChoice() {}

    static void argMax(ArgMax op, Frame frame) {
        Matrix logits = frame.matrix(op.logits());
        Integers ids = frame.integers(op.ids());
        for (int row = 0; row < logits.rows(); row++) {
            int r = row;
            ids.set(
                    row,
                    drawable(logits, row) ? largest(all(logits), v -> logits.get(r, v)) : NONE);
        }
    }

    static void sample(Sample op, Frame frame) {
        Matrix logits = frame.matrix(op.logits());
        Integers key = frame.integers(op.rng());
        Matrix settings = frame.matrix(op.settings());
        Integers ids = frame.integers(op.ids());
        for (int row = 0; row < logits.rows(); row++) {
            int r = row;
            double temperature = settings.get(2L * row);
            int k = (int) settings.get(2L * row + 1);
            if (!drawable(logits, row)) {
                ids.set(row, NONE);
                continue;
            }
            var random =
                    new Threefry(
                            key.get(4 * row),
                            key.get(4 * row + 1),
                            key.get(4 * row + 2),
                            key.get(4 * row + 3));
            List<Integer> kept =
                    k > 0
                            ? mostLikely(logits, row).subList(0, Math.min(k, logits.columns()))
                            : all(logits);
            ids.set(
                    row,
                    largest(
                            kept,
                            v -> {
                                int word = random.word(0, v, op.id(), frame.layer());
                                return temperature > 0
                                        ? logits.get(r, v) / temperature + GumbelNoise.of(word)
                                        : logits.get(r, v);
                            }));
        }
    }

    private static boolean drawable(Matrix logits, int row) {
        boolean any = false;
        for (int v = 0; v < logits.columns(); v++) {
            double logit = logits.get(row, v);
            if (!(logit < Double.POSITIVE_INFINITY)) {
                return false;
            }
            any |= logit > LOWEST;
        }
        return any;
    }

    private static List<Integer> all(Matrix logits) {
        return IntStream.range(0, logits.columns()).boxed().toList();
    }

    /// Tokens from the most to the least likely, equal ones (the two zeros are) by their ids.
    private static List<Integer> mostLikely(Matrix logits, int row) {
        return all(logits).stream().sorted(comparingDouble(v -> 0 - logits.get(row, v))).toList();
    }

    /// The token of the highest score, of equal ones the lowest.
    private static int largest(List<Integer> tokens, IntToDoubleFunction score) {
        int best = Integer.MAX_VALUE;
        double highest = Double.NEGATIVE_INFINITY;
        for (int token : tokens) {
            double value = score.applyAsDouble(token);
            if (value > highest || value == highest && token < best) {
                best = token;
                highest = value;
            }
        }
        return best == Integer.MAX_VALUE ? 0 : best;
    }
}
