package io.tornadogpt.cli;

import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.tensor.DType;

import picocli.CommandLine.Option;

/// As what a model's matrices are held.
final class WeightOptions {
    /// The types that can be asked for.
    enum Precision {
        F32(DType.F32),
        BF16(DType.BF16);

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
                    "F32 (default), or BF16: matrices are rounded to 16 bits, which halves the"
                        + " memory that is read for a token; `gpt eval --weights bf16` prints the"
                        + " change in loss.")
    private Precision weights = Precision.F32;

    boolean rounded() {
        return weights != Precision.F32;
    }

    DType type() {
        return weights.type;
    }

    Model model(Model model) {
        return model.withWeights(type());
    }
}
