package io.tornadogpt.cpu.kernels;

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

/// Which kernel computes which operation. The switch names all of them: an operation that is new to
/// the sealed set does not compile until it has its place here.
public final class Kernels {
    private Kernels() {}

    /// The call that computes an operation.
    public static Runnable of(Op op, Binding binding) {
        return switch (op) {
            case Activation o -> ActivationKernel.bind(o, binding);
            case Activation.Backward o -> ActivationKernel.bind(o, binding);
            case AdamW o -> AdamWKernel.bind(o, binding);
            case Add o -> AddKernel.bind(o, binding);
            case AddBias o -> AddBiasKernel.bind(o, binding);
            case AddBias.Backward o -> AddBiasKernel.bind(o, binding);
            case ArgMax o -> ArgMaxKernel.bind(o, binding);
            case Attention o -> AttentionKernel.bind(o, binding);
            case Attention.Backward o -> AttentionKernel.bind(o, binding);
            case CachedAttention o -> CachedAttentionKernel.bind(o, binding);
            case ClipScale o -> ClipScaleKernel.bind(o, binding);
            case Copy o -> CopyKernel.bind(o, binding);
            case CrossEntropy o -> CrossEntropyKernel.bind(o, binding);
            case CrossEntropy.Backward o -> CrossEntropyKernel.bind(o, binding);
            case CustomOp o -> CustomKernels.bind(o, binding);
            case Dropout o -> DropoutKernel.bind(o, binding);
            case Embedding o -> EmbeddingKernel.bind(o, binding);
            case Embedding.Backward o -> EmbeddingKernel.bind(o, binding);
            case GatedActivation o -> GatedActivationKernel.bind(o, binding);
            case GatedActivation.Backward o -> GatedActivationKernel.bind(o, binding);
            case GradientNorm o -> GradientNormKernel.bind(o, binding);
            case LayerNorm o -> LayerNormKernel.bind(o, binding);
            case LayerNorm.Backward o -> LayerNormKernel.bind(o, binding);
            case MatMul o -> MatMulKernel.bind(o, binding);
            case MeanPool o -> MeanPoolKernel.bind(o, binding);
            case MeanPool.Backward o -> MeanPoolKernel.bind(o, binding);
            case PolicyLoss o -> PolicyLossKernel.bind(o, binding);
            case PolicyLoss.Backward o -> PolicyLossKernel.bind(o, binding);
            case PreferenceLoss o -> PreferenceLossKernel.bind(o, binding);
            case PreferenceLoss.Backward o -> PreferenceLossKernel.bind(o, binding);
            case RmsNorm o -> RmsNormKernel.bind(o, binding);
            case RmsNorm.Backward o -> RmsNormKernel.bind(o, binding);
            case Rotary o -> RotaryKernel.bind(o, binding);
            case RowSum o -> RowSumKernel.bind(o, binding);
            case RowSum.Backward o -> RowSumKernel.bind(o, binding);
            case Sample o -> SampleKernel.bind(o, binding);
            case Scale o -> ScaleKernel.bind(o, binding);
            case SoftCap o -> SoftCapKernel.bind(o, binding);
            case SoftCap.Backward o -> SoftCapKernel.bind(o, binding);
            case Softmax o -> SoftmaxKernel.bind(o, binding);
            case Softmax.Backward o -> SoftmaxKernel.bind(o, binding);
            case SumLoss o -> SumLossKernel.bind(o, binding);
            case SumLoss.Backward o -> SumLossKernel.bind(o, binding);
            case Zero o -> ZeroKernel.bind(o, binding);
        };
    }
}
