package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// One operation of a program. Operations are values: they say what is computed from which tensors
/// into which, and a backend says how.
public sealed interface Op
        permits Activation,
                Activation.Backward,
                Add,
                AddBias,
                AddBias.Backward,
                AdamW,
                ArgMax,
                Attention,
                Attention.Backward,
                CachedAttention,
                ClipScale,
                Copy,
                CrossEntropy,
                CrossEntropy.Backward,
                CustomOp,
                Dropout,
                Embedding,
                Embedding.Backward,
                GatedActivation,
                GatedActivation.Backward,
                GradientNorm,
                LayerNorm,
                LayerNorm.Backward,
                MatMul,
                MeanPool,
                MeanPool.Backward,
                PolicyLoss,
                PolicyLoss.Backward,
                PreferenceLoss,
                PreferenceLoss.Backward,
                RmsNorm,
                RmsNorm.Backward,
                Rotary,
                RowSum,
                RowSum.Backward,
                Sample,
                Scale,
                SoftCap,
                SoftCap.Backward,
                Softmax,
                Softmax.Backward,
                SumLoss,
                SumLoss.Backward,
                Zero {

    /// The tensors that are read, accumulated ones included.
    List<Tensor> inputs();

    /// The tensors that are written.
    List<Tensor> outputs();

    /// The same operation on other tensors: every tensor is replaced by what `replacement` makes of
    /// it.
    Op map(UnaryOperator<Tensor> replacement);

    /// Appends the operations that compute the gradients of the inputs from those of the outputs.
    ///
    /// @throws IllegalStateException if this operation has no gradient
    default void appendGradient(Gradients gradients) {
        throw new IllegalStateException(name() + " has no gradient");
    }

    /// Inputs whose memory the first output may take over: the operation reads element i of such an
    /// input before it writes element i of the output, and never again.
    default List<Tensor> overwritable() {
        return List.of();
    }

    /// Floating-point operations, counting a multiply-add as two; for operations bound by memory
    /// the number of elements written.
    default long flops() {
        return outputs().stream().mapToLong(Tensor::elements).sum();
    }

    /// The name people know it by, such as `MatMul` or `LayerNorm.Backward`.
    default String name() {
        Class<?> outer = getClass().getEnclosingClass();
        return outer == null
                ? getClass().getSimpleName()
                : outer.getSimpleName() + "." + getClass().getSimpleName();
    }

    /// The name, with the sizes that its time depends on where those differ much within a model.
    default String label() {
        return name();
    }
}
