package io.tornadogpt.cli;

import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;

import picocli.CommandLine.Option;

import java.util.List;

/// As what a model's matrices are held.
final class WeightOptions {
    /// The types that can be asked for.
    enum Precision {
        F32(DType.F32),
        BF16(DType.BF16),
        Q8_0(DType.Q8_0),
        Q4_0(DType.Q4_0);

        private final DType type;

        Precision(DType type) {
            this.type = type;
        }
    }

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            defaultValue = "F32",
            description =
                    "F32 (default), BF16, Q8_0 or Q4_0: matrices are rounded to 16, 8.5 or 4.5 bits"
                            + " a number, and a token is generated as much faster as less memory is"
                            + " read; `gpt eval --weights q8_0` prints the change in loss.")
    private Precision weights = Precision.F32;

    boolean rounded() {
        return weights != Precision.F32;
    }

    DType type() {
        return weights.type;
    }

    /// The model with its matrices held so.
    Model model(Model model) {
        return model.withWeights(type());
    }

    /// Says which matrices stay F32 because they do not fit the type.
    void warn(Model model, Screen screen) {
        warn(model(model), type(), screen);
    }

    /// Says which matrices of a model with quantized weights stay F32.
    static void warn(Model held, DType type, Screen screen) {
        List<Parameter> others = held.unquantized();
        if (!others.isEmpty()) {
            TensorSpec first = others.getFirst().spec();
            screen.warning(
                    "%d of the matrices stay F32, such as %s %s: %s needs rows of a multiple of %d"
                            .formatted(
                                    others.size(),
                                    first.name(),
                                    first.shape(),
                                    type,
                                    type.blockElements()));
        }
    }
}
