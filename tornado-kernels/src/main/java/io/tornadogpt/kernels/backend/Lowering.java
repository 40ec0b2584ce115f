package io.tornadogpt.kernels.backend;

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
import io.tornadogpt.kernels.ActivationKernels;
import io.tornadogpt.kernels.AdamWKernels;
import io.tornadogpt.kernels.AddBiasKernels;
import io.tornadogpt.kernels.AddKernels;
import io.tornadogpt.kernels.ArgMaxKernels;
import io.tornadogpt.kernels.AttentionKernels;
import io.tornadogpt.kernels.CachedAttentionKernels;
import io.tornadogpt.kernels.ClipScaleKernels;
import io.tornadogpt.kernels.CopyKernels;
import io.tornadogpt.kernels.CrossEntropyKernels;
import io.tornadogpt.kernels.CustomOpKernels;
import io.tornadogpt.kernels.DropoutKernels;
import io.tornadogpt.kernels.EmbeddingKernels;
import io.tornadogpt.kernels.GatedActivationKernels;
import io.tornadogpt.kernels.GradientNormKernels;
import io.tornadogpt.kernels.LayerNormKernels;
import io.tornadogpt.kernels.MatMulKernels;
import io.tornadogpt.kernels.MeanPoolKernels;
import io.tornadogpt.kernels.OpKernels;
import io.tornadogpt.kernels.PolicyLossKernels;
import io.tornadogpt.kernels.PreferenceLossKernels;
import io.tornadogpt.kernels.RmsNormKernels;
import io.tornadogpt.kernels.RotaryKernels;
import io.tornadogpt.kernels.RowSumKernels;
import io.tornadogpt.kernels.SampleKernels;
import io.tornadogpt.kernels.ScaleKernels;
import io.tornadogpt.kernels.SoftCapKernels;
import io.tornadogpt.kernels.SoftmaxKernels;
import io.tornadogpt.kernels.SumLossKernels;
import io.tornadogpt.kernels.ZeroKernels;

import java.util.function.Function;

/// Which kernels an op is: one line for each op. How they are launched stands beside them.
public final class Lowering {
    /// [#of], by which a session tells that no other kernels were given.
    static final Function<Op, OpKernels> OWN = Lowering::of;

    private Lowering() {}

    /// The kernels of an op.
    public static OpKernels of(Op op) {
        return switch (op) {
            case Activation o -> ActivationKernels.of(o);
            case Activation.Backward o -> ActivationKernels.of(o);
            case AdamW o -> AdamWKernels.of(o);
            case Add o -> AddKernels.of(o);
            case AddBias o -> AddBiasKernels.of(o);
            case AddBias.Backward o -> AddBiasKernels.of(o);
            case ArgMax o -> ArgMaxKernels.of(o);
            case Attention o -> AttentionKernels.of(o);
            case Attention.Backward o -> AttentionKernels.of(o);
            case CachedAttention o -> CachedAttentionKernels.of(o);
            case ClipScale o -> ClipScaleKernels.of(o);
            case Copy o -> CopyKernels.of(o);
            case CrossEntropy o -> CrossEntropyKernels.of(o);
            case CrossEntropy.Backward o -> CrossEntropyKernels.of(o);
            case CustomOp o -> CustomOpKernels.of(o);
            case Dropout o -> DropoutKernels.of(o);
            case Embedding o -> EmbeddingKernels.of(o);
            case Embedding.Backward o -> EmbeddingKernels.of(o);
            case GatedActivation o -> GatedActivationKernels.of(o);
            case GatedActivation.Backward o -> GatedActivationKernels.of(o);
            case GradientNorm o -> GradientNormKernels.of(o);
            case LayerNorm o -> LayerNormKernels.of(o);
            case LayerNorm.Backward o -> LayerNormKernels.of(o);
            case MatMul o -> MatMulKernels.of(o);
            case MeanPool o -> MeanPoolKernels.of(o);
            case MeanPool.Backward o -> MeanPoolKernels.of(o);
            case PolicyLoss o -> PolicyLossKernels.of(o);
            case PolicyLoss.Backward o -> PolicyLossKernels.of(o);
            case PreferenceLoss o -> PreferenceLossKernels.of(o);
            case PreferenceLoss.Backward o -> PreferenceLossKernels.of(o);
            case RmsNorm o -> RmsNormKernels.of(o);
            case RmsNorm.Backward o -> RmsNormKernels.of(o);
            case Rotary o -> RotaryKernels.of(o);
            case RowSum o -> RowSumKernels.of(o);
            case RowSum.Backward o -> RowSumKernels.of(o);
            case Sample o -> SampleKernels.of(o);
            case Scale o -> ScaleKernels.of(o);
            case SoftCap o -> SoftCapKernels.of(o);
            case SoftCap.Backward o -> SoftCapKernels.of(o);
            case Softmax o -> SoftmaxKernels.of(o);
            case Softmax.Backward o -> SoftmaxKernels.of(o);
            case SumLoss o -> SumLossKernels.of(o);
            case SumLoss.Backward o -> SumLossKernels.of(o);
            case Zero o -> ZeroKernels.of(o);
        };
    }
}
