package io.tornadogpt.sampler;

import java.util.Objects;

/// The tokens that may still be drawn, and their logits: in ascending order of token ids, each
/// token at most once. The buffers are used again for every token.
///
/// Used by one thread at a time.
public final class Candidates {
    /// A new logit for a token.
    @FunctionalInterface
    public interface LogitFunction {
        float apply(int token, float logit);
    }

    /// Whether a token stays.
    @FunctionalInterface
    public interface Filter {
        boolean keeps(int token, float logit);
    }

    private final int[] tokens;
    private final float[] logits;
    private final double[] weights;
    private final long[] keys;
    private int size;

    /// Room for a vocabulary of V tokens.
    Candidates(int vocabularySize) {
        tokens = new int[vocabularySize];
        logits = new float[vocabularySize];
        weights = new double[vocabularySize];
        keys = new long[vocabularySize];
    }

    /// Starts over with every token of the vocabulary.
    ///
    /// @param source `[V]`
    void load(float[] source) {
        System.arraycopy(source, 0, logits, 0, source.length);
        size = source.length;
        for (int i = 0; i < size; i++) {
            tokens[i] = i;
        }
    }

    public int vocabularySize() {
        return tokens.length;
    }

    /// Number of candidates left.
    public int size() {
        return size;
    }

    /// The token id of candidate `i`, 0 to `size() - 1`.
    public int token(int i) {
        return tokens[Objects.checkIndex(i, size)];
    }

    /// The logit of candidate `i`, 0 to `size() - 1`.
    public float logit(int i) {
        return logits[Objects.checkIndex(i, size)];
    }

    /// The index of the candidate with the largest logit, of several the one with the lowest id.
    public int mostLikely() {
        int best = 0;
        for (int i = 1; i < size; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    /// Replaces every logit.
    public void replaceLogits(LogitFunction function) {
        for (int i = 0; i < size; i++) {
            logits[i] = function.apply(tokens[i], logits[i]);
        }
    }

    /// Removes the candidates that the filter does not keep.
    public void retain(Filter filter) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (filter.keeps(tokens[i], logits[i])) {
                tokens[kept] = tokens[i];
                logits[kept] = logits[i];
                kept++;
            }
        }
        size = kept;
    }

    /// Keeps the `count` most likely candidates; of equal ones those with lower ids.
    public void retainMostLikely(int count) {
        if (count >= size) {
            return;
        }
        for (int i = 0; i < size; i++) {
            keys[i] = key(tokens[i], logits[i]);
            weights[i] = 1;
        }
        retainFrom(HeaviestPrefix.last(keys, weights, size, count));
    }

    /// Keeps the fewest candidates that together have at least the share `mass` of the probability:
    /// the most likely ones, of equal ones those with lower ids. At least one stays.
    public void retainMass(double mass) {
        double total = weigh();
        for (int i = 0; i < size; i++) {
            keys[i] = key(tokens[i], logits[i]);
        }
        retainFrom(HeaviestPrefix.last(keys, weights, size, mass * total));
    }

    private void retainFrom(long lowest) {
        retain((token, logit) -> key(token, logit) >= lowest);
    }

    /// Draws by inverting the cumulative distribution, in order of token ids.
    ///
    /// @param uniform in [0, 1)
    /// @return a token id
    int draw(double uniform) {
        double target = uniform * weigh();
        double sum = 0;
        int last = 0;
        for (int i = 0; i < size; i++) {
            if (weights[i] > 0) {
                sum += weights[i];
                last = i;
                if (sum > target) {
                    break;
                }
            }
        }
        return tokens[last];
    }

    /// Fills in what each candidate weighs, `exp(logit - largest logit)`.
    ///
    /// @return the sum of all weights
    private double weigh() {
        float largest = logits[mostLikely()];
        double sum = 0;
        for (int i = 0; i < size; i++) {
            weights[i] = Math.exp((double) logits[i] - largest);
            sum += weights[i];
        }
        return sum;
    }

    /// Drops candidates whose logit is negative infinity and makes sure that a token can be drawn
    /// from what is left.
    ///
    /// @param source who made these logits, for the message
    /// @throws InvalidLogitsException if a logit is NaN or positive infinity, or nothing is left
    void settle(Object source) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            float logit = logits[i];
            if (!(logit < Float.POSITIVE_INFINITY)) {
                throw InvalidLogitsException.notDrawable(source, tokens[i], logit);
            }
            if (logit > Float.NEGATIVE_INFINITY) {
                tokens[kept] = tokens[i];
                logits[kept] = logit;
                kept++;
            }
        }
        size = kept;
        if (size == 0) {
            throw InvalidLogitsException.nothingLeft(source, vocabularySize());
        }
    }

    /// A number that is the larger the more likely a candidate is, no two alike: the bits of the
    /// logit in an order that integers have too, then the token id counted down.
    private static long key(int token, float logit) {
        int bits = Float.floatToRawIntBits(logit + 0f); // -0 + 0 is 0: the two zeros are a tie
        int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ordered << 32) | (0xFFFF_FFFFL - token);
    }
}
