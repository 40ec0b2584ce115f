package io.tornadogpt.core.model.adapter;

import io.tornadogpt.core.model.arch.Part;

import java.util.List;
import java.util.function.IntUnaryOperator;

/// A linear layer that can be adapted, and which parts of the model its outputs are.
///
/// @param module its name, the number of the block written `*`
/// @param stored the name of the layer that it is in files: another one where files have queries,
///   keys and values as one layer and this is one of the three
/// @param in its inputs
/// @param out outputs of the layer in files
/// @param turned whether files have its weight as `[in, out]`: PEFT's `fan_in_fan_out`
/// @param outputs whose outputs it has
public record LinearLayer(
        String module, String stored, int in, int out, boolean turned, List<Outputs> outputs) {
    /// The outputs of a part among those of a layer in files.
    ///
    /// @param count how many
    /// @param place from a number among them to that among the layer's
    public record Outputs(Part part, int count, IntUnaryOperator place) {}

    public LinearLayer {
        outputs = List.copyOf(outputs);
    }

    public List<Part> parts() {
        return outputs.stream().map(Outputs::part).toList();
    }

    /// Whether files have a layer of this name.
    public boolean inFiles() {
        return module.equals(stored);
    }
}
