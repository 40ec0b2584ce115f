package io.tornadogpt.core.model;

import io.tornadogpt.core.program.Pass;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;

/// A program that computes the loss of a batch, and what goes in and comes out.
///
/// @param program `accumulate`, which adds gradients too, or `evaluate`
/// @param tokens `[B, T]` ids
/// @param targets `[B, T]` ids one position further; negative ones are ignored
/// @param positions `[B, T]`, 0 to T - 1 in every row; written once
/// @param rng `[4]`: seed low, seed high, step, micro-batch; read only where there is dropout
/// @param lossScale `[1]`, what gradients start from: 1 / micro-batches a step; only in
///   `accumulate`
/// @param loss `[1]`, mean over the targets that are not ignored, in nats
/// @param count `[1]`, number of targets that are not ignored
public record LossProgram(
        Program program,
        TensorSpec tokens,
        TensorSpec targets,
        TensorSpec positions,
        TensorSpec rng,
        TensorSpec lossScale,
        TensorSpec loss,
        TensorSpec count) {

    /// The same after a pass, which changes neither inputs nor outputs.
    public LossProgram after(Pass pass) {
        return new LossProgram(
                pass.apply(program), tokens, targets, positions, rng, lossScale, loss, count);
    }

    /// What [#positions] is to hold: 0 to T - 1 in every row.
    public int[] everyPosition() {
        int length = positions.shape().columns();
        int[] values = new int[Math.toIntExact(positions.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % length;
        }
        return values;
    }
}
