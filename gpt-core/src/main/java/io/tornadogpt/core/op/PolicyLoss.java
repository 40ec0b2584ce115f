package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// The clipped loss of each token in group relative policy optimization (Shao et al.,
/// "DeepSeekMath", 2024; Schulman et al., "Proximal Policy Optimization", 2017). With l the
/// negative log-probability of a token, o the one when the answer was generated, r the one of a
/// reference model, and A the advantage of the answer:
///
/// ```
/// ratio = exp(o - l)
/// loss  = -min(ratio * A, clip(ratio, 1 - low, 1 + high) * A)
///         + beta * ratio * (exp(l - r) - (l - r) - 1)
/// ```
///
/// The ratio before the divergence makes its gradient that of the reverse Kullback-Leibler
/// divergence, without bias ("DeepSeek-V3.2", 2025).
///
/// @param losses `[B, T]`, l, in nats
/// @param old `[B, T]`, o; 0, as l is, for a token that does not count
/// @param reference `[B, T]`, r; null where beta is 0
/// @param advantages `[B]`, A
/// @param out `[B, T]`
/// @param settings what does not change from step to step
public record PolicyLoss(
        Tensor losses,
        Tensor old,
        @Nullable Tensor reference,
        Tensor advantages,
        Tensor out,
        Settings settings)
        implements Op {
    /// @param low how far the ratio may fall below 1, `0 <= low <= 1`
    /// @param high how far it may rise above 1, at least 0
    /// @param beta weight of the divergence from the reference model, at least 0
    public record Settings(double low, double high, double beta) {
        public Settings {
            Expect.that(
                    low >= 0 && low <= 1 && high >= 0 && Double.isFinite(high),
                    "PolicyLoss: the ratio is clipped %s below and %s above 1; expected 0 to 1"
                            + " below, 0 or more above",
                    low,
                    high);
            Expect.that(
                    beta >= 0 && Double.isFinite(beta),
                    "PolicyLoss: beta is %s; expected a number >= 0",
                    beta);
        }
    }

    public PolicyLoss {
        check("PolicyLoss", losses, old, reference, advantages, settings);
        Expect.sameShape("PolicyLoss", "out", out, "losses", losses);
    }

    private static void check(
            String op,
            Tensor losses,
            Tensor old,
            @Nullable Tensor reference,
            Tensor advantages,
            Settings settings) {
        Expect.sameShape(op, "old", old, "losses", losses);
        Expect.elements(op, "advantages", advantages, losses.rows(), DType.F32);
        Expect.that(
                reference != null || settings.beta == 0,
                "%s: beta is %s, so losses of the reference model are needed",
                op,
                settings.beta);
        if (reference != null) {
            Expect.sameShape(op, "reference", reference, "losses", losses);
        }
    }

    @Override
    public List<Tensor> inputs() {
        var inputs = new ArrayList<>(List.of(losses, old, advantages));
        if (reference != null) {
            inputs.add(reference);
        }
        return inputs;
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    @Override
    public PolicyLoss map(UnaryOperator<Tensor> f) {
        return new PolicyLoss(
                f.apply(losses),
                f.apply(old),
                reference == null ? null : f.apply(reference),
                f.apply(advantages),
                f.apply(out),
                settings);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(losses)) {
            gradients.append(
                    new Backward(
                            losses,
                            old,
                            reference,
                            advantages,
                            dOut,
                            gradients.assigned(losses),
                            settings));
        }
    }

    @Override
    public long flops() {
        return 10 * losses.elements();
    }

    /// `dLosses = dOut * ratio * (A + beta * (l - r))`, the first term only where the ratio is not
    /// clipped: where `ratio * A` is at most the clipped one times A.
    public record Backward(
            Tensor losses,
            Tensor old,
            @Nullable Tensor reference,
            Tensor advantages,
            Tensor dOut,
            Tensor dLosses,
            Settings settings)
            implements Op {
        public Backward {
            String op = "PolicyLoss.Backward";
            check(op, losses, old, reference, advantages, settings);
            Expect.sameShape(op, "dOut", dOut, "losses", losses);
            Expect.sameShape(op, "dLosses", dLosses, "losses", losses);
        }

        @Override
        public List<Tensor> inputs() {
            var inputs = new ArrayList<>(List.of(losses, old, advantages, dOut));
            if (reference != null) {
                inputs.add(reference);
            }
            return inputs;
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dLosses);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    f.apply(losses),
                    f.apply(old),
                    reference == null ? null : f.apply(reference),
                    f.apply(advantages),
                    f.apply(dOut),
                    f.apply(dLosses),
                    settings);
        }

        @Override
        public long flops() {
            return 10 * losses.elements();
        }
    }
}
