package io.tornadogpt.core.model.arch;

/// A normalization of each row, or of each head, with learned weights.
public sealed interface Norm {
    /// Layer normalization (Ba et al., 2016).
    ///
    /// @param epsilon added to variances, `0 < epsilon < 1`
    /// @param bias whether there is one beside the weight
    record Layer(double epsilon, boolean bias) implements Norm {
        public Layer {
            Check.epsilon(epsilon);
        }
    }

    /// Root-mean-square normalization (Zhang and Sennrich, 2019).
    ///
    /// @param epsilon added to mean squares, `0 < epsilon < 1`
    /// @param offset added to the weight: 0 in Llama, 1 in Gemma
    record Rms(double epsilon, double offset) implements Norm {
        public Rms {
            Check.epsilon(epsilon);
        }
    }

    /// What is added to variances or mean squares.
    double epsilon();

    /// The value that weights start with, so that the norm starts as the identity.
    default float initialWeight() {
        return this instanceof Rms(double _, double offset) ? (float) (1 - offset) : 1;
    }
}
