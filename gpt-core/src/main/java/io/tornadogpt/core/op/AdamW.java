package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// One step of AdamW (Loshchilov and Hutter, 2017), in the form of PyTorch's `AdamW`. With `g =
/// scale * gradient` and `schedule = {lr, c1, c2}`:
///
/// ```
/// parameter *= 1 - lr * weightDecay
/// m = beta1 * m + (1 - beta1) * g
/// v = beta2 * v + (1 - beta2) * g * g
/// parameter -= lr / c1 * m / (sqrt(v) / c2 + epsilon)
/// ```
///
/// A scale of 0 leaves parameter and state untouched: a gradient was not finite.
///
/// @param parameter any shape; read and written
/// @param gradient as `parameter`
/// @param m first moment, as `parameter`; read and written
/// @param v second moment, as `parameter`; read and written
/// @param scale `[1]`, of [ClipScale]
/// @param schedule `[3]`: learning rate, `1 - beta1^t`, `sqrt(1 - beta2^t)`, t counting from 1
/// @param settings what does not change from step to step
public record AdamW(
        Tensor parameter,
        Tensor gradient,
        Tensor m,
        Tensor v,
        Tensor scale,
        Tensor schedule,
        Settings settings)
        implements Op {
    /// @param beta1 decay of the first moment, `0 <= beta1 < 1`
    /// @param beta2 decay of the second moment, `0 <= beta2 < 1`
    /// @param epsilon added to the denominator, above 0
    /// @param weightDecay decoupled from the gradient, at least 0
    public record Settings(double beta1, double beta2, double epsilon, double weightDecay) {
        public Settings {
            Expect.that(beta1 >= 0 && beta1 < 1, "beta1 is %s; expected 0 <= beta1 < 1", beta1);
            Expect.that(beta2 >= 0 && beta2 < 1, "beta2 is %s; expected 0 <= beta2 < 1", beta2);
            Expect.that(
                    epsilon > 0 && Double.isFinite(epsilon),
                    "epsilon is %s; expected a number above 0",
                    epsilon);
            Expect.that(
                    weightDecay >= 0 && Double.isFinite(weightDecay),
                    "weightDecay is %s; expected a number >= 0",
                    weightDecay);
        }

        /// The same without decay, for biases and normalization weights.
        public Settings withoutDecay() {
            return new Settings(beta1, beta2, epsilon, 0);
        }
    }

    public AdamW {
        Expect.sameShape("AdamW", "gradient", gradient, "parameter", parameter);
        Expect.sameShape("AdamW", "m", m, "parameter", parameter);
        Expect.sameShape("AdamW", "v", v, "parameter", parameter);
        Expect.elements("AdamW", "scale", scale, 1, DType.F32);
        Expect.elements("AdamW", "schedule", schedule, 3, DType.F32);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(parameter, gradient, m, v, scale, schedule);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(parameter, m, v);
    }

    @Override
    public AdamW map(UnaryOperator<Tensor> f) {
        return new AdamW(
                f.apply(parameter),
                f.apply(gradient),
                f.apply(m),
                f.apply(v),
                f.apply(scale),
                f.apply(schedule),
                settings);
    }

    @Override
    public long flops() {
        return 14 * parameter.elements();
    }
}
