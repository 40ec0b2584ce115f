package io.tornadogpt.core.model;

import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;

/// The program `update`: gradient norm, clipping, AdamW, and gradients back to zero.
///
/// @param program `update`
/// @param schedule `[3]`, of [#schedule(double, int)]
/// @param norm `[1]`, of all gradients before clipping
/// @param scale `[1]`, what gradients were multiplied by; 0 if one was not finite and nothing was
///   changed
/// @param settings of the optimizer
public record UpdateProgram(
        Program program,
        TensorSpec schedule,
        TensorSpec norm,
        TensorSpec scale,
        AdamW.Settings settings) {

    /// What changes from step to step: learning rate and bias corrections.
    ///
    /// @param step number of this update, counting from 1
    public float[] schedule(double learningRate, int step) {
        return new float[] {
            (float) learningRate,
            (float) (1 - Math.pow(settings.beta1(), step)),
            (float) Math.sqrt(1 - Math.pow(settings.beta2(), step))
        };
    }
}
