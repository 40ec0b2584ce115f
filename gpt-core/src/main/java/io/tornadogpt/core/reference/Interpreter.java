package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.ArgMax;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.ClipScale;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.Gelu;
import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.MeanLoss;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.op.Softmax;
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
            case Gelu gelu -> GeluFunction.forward(gelu, frame);
            case Gelu.Backward backward -> GeluFunction.backward(backward, frame);
            case LayerNorm layerNorm -> Normalization.forward(layerNorm, frame);
            case LayerNorm.Backward backward -> Normalization.backward(backward, frame);
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
            case MeanLoss meanLoss -> TokenLoss.mean(meanLoss, frame);
            case MeanLoss.Backward backward -> TokenLoss.meanBackward(backward, frame);
            case ArgMax argMax -> TokenChoice.argMax(argMax, frame);
            case Sample sample -> TokenChoice.sample(sample, frame);
            case GradientNorm norm -> Optimization.norm(norm, frame);
            case ClipScale clip -> Optimization.clip(clip, frame);
            case AdamW adamW -> Optimization.step(adamW, frame);
        }
    }
}
