package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// The loss of direct preference optimization (Rafailov et al., 2023) for pairs of a chosen and a
/// rejected answer. With l the negative log-probability that the model gives an answer, r the one
/// of the reference model, and
///
/// ```
/// delta = (l rejected - r rejected) - (l chosen - r chosen)
/// ```
///
/// the loss of a pair is, by [Form], `-(1 - e) log s(beta delta) - e log s(-beta delta)`, with s
/// the logistic function and e the label smoothing, or `(delta - 1 / (2 beta))^2`.
///
/// @param losses `[2P]`, l: of the P chosen answers, then of the P rejected ones, in nats
/// @param reference `[2P]`, r
/// @param out `[P]`
/// @param settings what does not change from step to step
public record PreferenceLoss(Tensor losses, Tensor reference, Tensor out, Settings settings)
        implements Op {
    /// Which loss.
    public enum Form {
        /// That of the paper.
        SIGMOID,
        /// Identity preference optimization (Azar et al., 2023), which keeps delta finite.
        IPO
    }

    /// @param beta above 0: how much a difference from the reference weighs
    /// @param labelSmoothing probability that a pair is the wrong way round, `0 <= e < 0.5`; only
    ///   for [Form#SIGMOID]
    public record Settings(Form form, double beta, double labelSmoothing) {
        public Settings {
            Expect.that(
                    beta > 0 && Double.isFinite(beta),
                    "PreferenceLoss: beta is %s; expected a number above 0",
                    beta);
            Expect.that(
                    labelSmoothing >= 0 && labelSmoothing < 0.5,
                    "PreferenceLoss: label smoothing is %s; expected 0 <= smoothing < 0.5",
                    labelSmoothing);
        }
    }

    public PreferenceLoss {
        check("PreferenceLoss", losses, reference, "out", out);
    }

    private static void check(
            String op, Tensor losses, Tensor reference, String argument, Tensor pairs) {
        Expect.elements(op, "losses", losses, 2 * pairs.elements(), DType.F32);
        Expect.elements(op, "reference", reference, 2 * pairs.elements(), DType.F32);
        Expect.type(op, argument, pairs, DType.F32);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(losses, reference);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    @Override
    public PreferenceLoss map(UnaryOperator<Tensor> f) {
        return new PreferenceLoss(f.apply(losses), f.apply(reference), f.apply(out), settings);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(losses)) {
            gradients.append(
                    new Backward(losses, reference, dOut, gradients.assigned(losses), settings));
        }
    }

    /// With `g = dOut * d loss / d delta`: `dLosses = -g` for the chosen, `g` for the rejected
    /// answers.
    public record Backward(
            Tensor losses, Tensor reference, Tensor dOut, Tensor dLosses, Settings settings)
            implements Op {
        public Backward {
            check("PreferenceLoss.Backward", losses, reference, "dOut", dOut);
            Expect.sameShape("PreferenceLoss.Backward", "dLosses", dLosses, "losses", losses);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(losses, reference, dOut);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dLosses);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    f.apply(losses), f.apply(reference), f.apply(dOut), f.apply(dLosses), settings);
        }
    }
}
