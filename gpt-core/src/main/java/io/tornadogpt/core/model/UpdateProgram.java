package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.Map;

/// The program `update`: gradient norm, clipping, AdamW, and gradients back to zero.
///
/// @param program `update`
/// @param schedules `[3]` each, of [#schedule(double, int)], by the scale of their learning rate
/// @param norm `[1]`, of all gradients before clipping
/// @param scale `[1]`, what gradients were multiplied by; 0 if one was not finite and nothing was
///   changed
/// @param settings of the optimizer
public record UpdateProgram(
        Program program,
        Map<Double, TensorSpec> schedules,
        TensorSpec norm,
        TensorSpec scale,
        AdamW.Settings settings) {

    /// Writes what changes from step to step: learning rates and bias corrections.
    ///
    /// @param learningRate of parameters whose rate is not scaled
    /// @param step number of this update, counting from 1
    public void writeSchedule(Session session, double learningRate, int step) {
        schedules.forEach(
                (rateScale, spec) -> session.write(spec, schedule(learningRate * rateScale, step)));
    }

    private float[] schedule(double learningRate, int step) {
        return new float[] {
            (float) learningRate,
            (float) (1 - Math.pow(settings.beta1(), step)),
            (float) Math.sqrt(1 - Math.pow(settings.beta2(), step))
        };
    }
}
