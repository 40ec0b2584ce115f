package io.tornadogpt.core.reference;

import io.tornadogpt.core.backend.ReferenceKernel;
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

/// Hands every operation to the code that executes it. The switch names all of them: an operation
/// that is new to the sealed set does not compile until it has its place here.
final class Interpreter {
    private Interpreter() {}

    static void execute(Op op, Frame frame) {
        switch (op) {
            case Add add -> Elementwise.add(add, frame);
            case AddBias addBias -> Elementwise.addBias(addBias, frame);
            case AddBias.Backward backward -> Elementwise.addBiasBackward(backward, frame);
            case Copy copy -> Elementwise.copy(copy, frame);
            case Zero zero -> Elementwise.zero(zero, frame);
            case MatMul matMul -> MatrixProduct.forward(matMul, frame);
            case Activation activation -> ActivationFunction.forward(activation, frame);
            case Activation.Backward backward -> ActivationFunction.backward(backward, frame);
            case GatedActivation gated -> ActivationFunction.gated(gated, frame);
            case GatedActivation.Backward backward ->
                    ActivationFunction.gatedBackward(backward, frame);
            case Scale scale -> Elementwise.scale(scale, frame);
            case SoftCap cap -> Elementwise.cap(cap, frame);
            case SoftCap.Backward backward -> Elementwise.capBackward(backward, frame);
            case LayerNorm layerNorm -> Normalization.forward(layerNorm, frame);
            case LayerNorm.Backward backward -> Normalization.backward(backward, frame);
            case RmsNorm norm -> Normalization.forward(norm, frame);
            case RmsNorm.Backward backward -> Normalization.backward(backward, frame);
            case Rotary rotary -> Rotation.forward(rotary, frame);
            case Softmax softmax -> SoftmaxFunction.forward(softmax, frame);
            case Softmax.Backward backward -> SoftmaxFunction.backward(backward, frame);
            case Attention attention -> SelfAttention.forward(attention, frame);
            case Attention.Backward backward -> SelfAttention.backward(backward, frame);
            case CachedAttention attention -> CachedSelfAttention.forward(attention, frame);
            case Embedding embedding -> RowLookup.forward(embedding, frame);
            case Embedding.Backward backward -> RowLookup.backward(backward, frame);
            case Dropout dropout -> RandomMask.forward(dropout, frame);
            case CrossEntropy crossEntropy -> TokenLoss.forward(crossEntropy, frame);
            case CrossEntropy.Backward backward -> TokenLoss.backward(backward, frame);
            case SumLoss loss -> TokenLoss.sum(loss, frame);
            case SumLoss.Backward backward -> TokenLoss.sumBackward(backward, frame);
            case PreferenceLoss loss -> AnswerLoss.preference(loss, frame);
            case PreferenceLoss.Backward backward -> AnswerLoss.preferenceBackward(backward, frame);
            case PolicyLoss loss -> AnswerLoss.policy(loss, frame);
            case PolicyLoss.Backward backward -> AnswerLoss.policyBackward(backward, frame);
            case MeanPool pool -> Pooling.mean(pool, frame);
            case MeanPool.Backward backward -> Pooling.meanBackward(backward, frame);
            case RowSum sum -> Pooling.sum(sum, frame);
            case RowSum.Backward backward -> Pooling.sumBackward(backward, frame);
            case ArgMax argMax -> TokenChoice.argMax(argMax, frame);
            case Sample sample -> TokenChoice.sample(sample, frame);
            case GradientNorm norm -> Optimization.norm(norm, frame);
            case ClipScale clip -> Optimization.clip(clip, frame);
            case AdamW adamW -> Optimization.step(adamW, frame);
            case CustomOp custom -> ReferenceKernel.of(custom).run(custom, frame.memory());
        }
    }
}
