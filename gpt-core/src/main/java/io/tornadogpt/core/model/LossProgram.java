package io.tornadogpt.core.model;

import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.program.Pass;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.Map;

/// A program that computes the losses of a batch, and what goes in and comes out.
///
/// The loss is a *sum*, and beside it stands the number of targets. The mean over a step is taken
/// by the host, which knows the targets of all its micro-batches: it sets `gradientScale` to 1 over
/// their number before the first. A mean of means would be another number as soon as micro-batches
/// have unequal numbers of targets.
///
/// @param program `accumulate`, which adds gradients too, or `evaluate`
/// @param inputs tokens, positions and so on
/// @param given what the objective reads beside them, by name: `targets`
/// @param outputs what the objective shows beside the loss, by name
/// @param rng `[4]`: seed low, seed high, step, micro-batch; read only where there is dropout
/// @param gradientScale `[1]`, what gradients start from: 1 / targets of the step; only in
///   `accumulate`
/// @param loss `[1]`, sum over the targets that count, in nats
/// @param count `[1]`, how many these are, or the sum of their weights
public record LossProgram(
        Program program,
        Inputs inputs,
        Map<String, TensorSpec> given,
        Map<String, TensorSpec> outputs,
        TensorSpec rng,
        TensorSpec gradientScale,
        TensorSpec loss,
        TensorSpec count) {

    /// The same after a pass, which changes neither inputs nor outputs.
    public LossProgram after(Pass pass) {
        return with(pass.apply(program));
    }

    LossProgram with(Program newProgram) {
        return new LossProgram(newProgram, inputs, given, outputs, rng, gradientScale, loss, count);
    }

    /// `[B, T]` ids.
    public TensorSpec tokens() {
        return inputs.tokens();
    }

    /// `[B, T]`, places in the sequence.
    public TensorSpec positions() {
        return inputs.positions();
    }

    /// What is predicted, by the objectives that predict tokens: `[B, T]` ids, negative ones do not
    /// count.
    public TensorSpec targets() {
        return given("targets");
    }

    /// An input of the objective.
    ///
    /// @throws IllegalArgumentException where it has none of that name
    public TensorSpec given(String name) {
        return find(given, name);
    }

    /// An output of the objective.
    ///
    /// @throws IllegalArgumentException where it has none of that name
    public TensorSpec output(String name) {
        return find(outputs, name);
    }

    private TensorSpec find(Map<String, TensorSpec> specs, String name) {
        TensorSpec spec = specs.get(name);
        if (spec == null) {
            throw new IllegalArgumentException(
                    "program %s has no '%s'; it has %s"
                            .formatted(program.name(), name, specs.keySet()));
        }
        return spec;
    }

    /// What [#positions] is to hold where each row is one sequence: 0 to T - 1 in every row.
    public int[] everyPosition() {
        return inputs.everyPosition();
    }
}
