package io.tornadogpt.sampler.engine;

import java.util.ArrayList;
import java.util.List;

/// How likely a token was, by the model's own distribution: before temperature, penalties, biases
/// and constraints.
///
/// @param token id
/// @param logProbability natural logarithm
/// @param top the most likely tokens at this place, the likeliest first
public record TokenScore(int token, double logProbability, List<Alternative> top) {
    /// A token that was likely.
    ///
    /// @param token id
    /// @param logProbability natural logarithm
    public record Alternative(int token, double logProbability) {}

    public TokenScore {
        top = List.copyOf(top);
    }

    /// Scores a token by logits.
    ///
    /// @param logits `[V]`
    /// @param alternatives how many of the most likely tokens; of equal ones those with lower ids
    static TokenScore of(int token, float[] logits, int alternatives) {
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - largest);
        }
        double total = largest + Math.log(sum);
        var top = new ArrayList<Alternative>();
        for (int id : mostLikely(logits, Math.min(alternatives, logits.length))) {
            top.add(new Alternative(id, logits[id] - total));
        }
        return new TokenScore(token, logits[token] - total, top);
    }

    /// The ids of the largest logits, by insertion: there are few.
    private static int[] mostLikely(float[] logits, int count) {
        int[] ids = new int[count];
        int size = 0;
        for (int id = 0; id < logits.length && count > 0; id++) {
            if (size == count && !(logits[id] > logits[ids[size - 1]])) {
                continue;
            }
            int at = size < count ? size++ : size - 1;
            while (at > 0 && logits[id] > logits[ids[at - 1]]) {
                ids[at] = ids[at - 1];
                at--;
            }
            ids[at] = id;
        }
        return ids;
    }
}
