package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.ArgMax;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.ClipScale;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.GatedActivation;
import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.MeanPool;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.PolicyLoss;
import io.tornadogpt.core.op.PreferenceLoss;
import io.tornadogpt.core.op.RmsNorm;
import io.tornadogpt.core.op.Rotary;
import io.tornadogpt.core.op.RowSum;
import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.op.Scale;
import io.tornadogpt.core.op.SoftCap;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.op.SumLoss;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.tensor.Tensor;

/// How far a result in single precision may lie from the reference: the one table of all backends.
///
/// The error of a tensor is `max|a - b| / max(max|b|, floor)`. A sum of L terms in single precision
/// errs by about `sqrt(L)` roundings in whatever order it is taken, so bounds are `u * (steps + 4 *
/// sqrt(L))`, `u = 2^-24` half an ulp of 1 and `steps` the roundings of what is done to an element
/// besides the sum. To loosen an entry, write its cause beside it.
///
/// @param bound of the error
/// @param floor of the size of the result
public record Tolerance(double bound, double floor) {
    private static final double UNIT_ROUNDOFF = 0x1p-24;

    /// Bits are copied, so there is nothing to round.
    private static final Tolerance EXACT = new Tolerance(0, 1);

    private static final double FLOOR = 1e-3;

    /// The tolerance of an operation, for all of its outputs.
    public static Tolerance of(Op op) {
        return switch (op) {
            case Copy _, Zero _, Embedding _, ArgMax _, Sample _ -> EXACT;
            case Add _, AddBias _, Scale _ -> elementwise(2);
            case Dropout _, SumLoss.Backward _, RowSum.Backward _ -> elementwise(4);
            case MeanPool.Backward _, Rotary _ -> elementwise(4);
            case ClipScale _ -> elementwise(4);
            // Moments, bias corrections, a root and two divisions.
            case AdamW _ -> elementwise(16);
            // An exponential in single precision is good to a few ulps of its argument's size.
            case Activation _, Activation.Backward _ -> elementwise(32);
            case GatedActivation _, GatedActivation.Backward _ -> elementwise(32);
            case SoftCap _, SoftCap.Backward _ -> elementwise(32);
            // The exponential of a difference of two losses, which may be tens of nats.
            case PreferenceLoss _, PreferenceLoss.Backward _ -> elementwise(64);
            case PolicyLoss _, PolicyLoss.Backward _ -> elementwise(64);
            case MatMul m -> matMul(m);
            case AddBias.Backward b -> sum(2, b.dOut().rows());
            case Embedding.Backward b -> sum(2, b.ids().elements());
            case SumLoss s -> sum(4, s.losses().elements());
            case RowSum s -> sum(4, s.x().elements() / s.out().elements());
            case MeanPool p -> sum(4, p.x().shape().dimension(1));
            case GradientNorm n -> sum(4, n.gradients().stream().mapToLong(Tensor::elements).sum());
            case Softmax s -> sum(32, s.x().columns());
            case Softmax.Backward b -> sum(8, b.out().columns());
            case CrossEntropy c -> sum(16, c.logits().columns());
            case CrossEntropy.Backward _ -> elementwise(32);
            case LayerNorm n -> sum(16, n.weight().columns());
            case RmsNorm n -> sum(16, n.weight().columns());
            // dX is a difference of terms of the size of dOut * weight, which cancel where
            // there are one or two channels; hence the floor. There the variance can vanish
            // as well, and rstd, up to 1 / sqrt(1e-5) = 316, multiplies the rounding of
            // x - mean; hence the steps.
            case LayerNorm.Backward b -> normGradient(b.x(), b.weight());
            case RmsNorm.Backward b -> normGradient(b.x(), b.weight());
            case Attention a -> sum(32, a.positions() + a.heads().size());
            case Attention.Backward a -> sum(64, a.positions() + a.heads().size());
            case CachedAttention a -> sum(32, a.capacity() + a.heads().size());
            // Nothing is known of it but how much it reads.
            case CustomOp c -> sum(64, c.inputs().stream().mapToLong(Tensor::elements).sum());
        };
    }

    private static Tolerance matMul(MatMul op) {
        Tolerance product = sum(op.epilogue().activation() == null ? 4 : 32, op.k());
        // A bias or an addend of the product's size may cancel all of a rounded product; where one
        // element is the whole result, nothing else is left to measure by. Hence the floor.
        boolean cancels = op.epilogue().bias() != null || op.epilogue().addend() != null;
        return cancels ? new Tolerance(product.bound, 1) : product;
    }

    private static Tolerance normGradient(Tensor x, Tensor weight) {
        int steps = weight.columns() <= 2 ? 316 : 32;
        long runs = x.elements() / weight.columns();
        return new Tolerance(sum(steps, Math.max(weight.columns(), runs)).bound, 1);
    }

    private static Tolerance elementwise(double steps) {
        return new Tolerance(UNIT_ROUNDOFF * steps, FLOOR);
    }

    private static Tolerance sum(double steps, long length) {
        return new Tolerance(UNIT_ROUNDOFF * (steps + 4 * Math.sqrt((double) length)), FLOOR);
    }
}
