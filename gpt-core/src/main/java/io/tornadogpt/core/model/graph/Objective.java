package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/// What is minimized: appends what follows the last hidden states, up to one loss for each target.
///
/// A program sums the losses and counts the targets. It takes no mean, for it does not know how
/// many targets the other micro-batches of a step have; see [io.tornadogpt.core.model.LossProgram].
@FunctionalInterface
public interface Objective {
    /// Appends a head and losses.
    ///
    /// @param scope of the segment behind the blocks
    /// @param inputs of the program
    /// @param hidden `[B, T, C]`, normalized
    Losses append(Scope scope, Inputs inputs, Tensor hidden);

    /// Losses, and what goes in and comes out beside them.
    ///
    /// @param losses `[N]`, in nats
    /// @param targets N ids, negative ones do not count; null where all losses count
    /// @param weights N factors; null for 1
    /// @param inputs what the host writes for each micro-batch, by name
    /// @param outputs what the host may read after each micro-batch, by name
    record Losses(
            Tensor losses,
            @Nullable Tensor targets,
            @Nullable Tensor weights,
            Map<String, TensorSpec> inputs,
            Map<String, TensorSpec> outputs) {
        public Losses {
            inputs = Map.copyOf(inputs);
            outputs = Map.copyOf(outputs);
        }
    }
}
