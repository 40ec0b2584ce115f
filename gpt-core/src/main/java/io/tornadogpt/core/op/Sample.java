package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// Draws one token a row from the k most likely ones, at a temperature: token v with probability
/// proportional to `exp(logits[v] / temperature)`.
///
/// By the Gumbel-max trick (Gumbel, 1954; Maddison et al., "A* Sampling", 2014): the token of the
/// largest `logits[v] / temperature + noise[v]`, with [io.tornadogpt.core.random.GumbelNoise] of
/// the random word of row and column v. So a draw is a function of key and logits, with no sum of
/// probabilities and no order of tokens. Noise is computed in each device's own precision; a draw
/// can differ between two devices where two tokens come within a rounding error of each other.
///
/// @param logits `[B, V]`
/// @param rng `[B, 4]` I32: a key for each row, so that a draw does not depend on what else is in
///   the batch
/// @param settings `[B, 2]`, of each row: temperature, where 0 takes the most likely token; and k,
///   where 0 stands for all tokens. Of equal logits at the border those with lower ids are among
///   the k
/// @param ids `[B]` I32; -1 where there is nothing to draw from: a logit is NaN or positive
///   infinity, or none is above -1e30
/// @param id number of this place in the program, as that of [Dropout.Mask]
public record Sample(Tensor logits, Tensor rng, Tensor settings, Tensor ids, int id) implements Op {
    public Sample {
        Expect.type("Sample", "logits", logits, DType.F32);
        Expect.elements("Sample", "rng", rng, 4L * logits.rows(), DType.I32);
        Expect.elements("Sample", "settings", settings, 2L * logits.rows(), DType.F32);
        Expect.elements("Sample", "ids", ids, logits.rows(), DType.I32);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(logits, rng, settings);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(ids);
    }

    @Override
    public Sample map(UnaryOperator<Tensor> f) {
        return new Sample(f.apply(logits), f.apply(rng), f.apply(settings), f.apply(ids), id);
    }

    @Override
    public long flops() {
        return logits.elements();
    }
}
