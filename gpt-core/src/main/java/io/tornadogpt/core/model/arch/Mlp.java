package io.tornadogpt.core.model.arch;

import io.tornadogpt.core.op.Activation.Function;

/// The two or three linear layers of a block that look at each position on its own.
public sealed interface Mlp {
    /// `down(f(up(x)))`.
    ///
    /// @param hidden width between the layers
    /// @param bias whether both layers have one
    record Plain(int hidden, Function activation, boolean bias) implements Mlp {
        public Plain {
            Check.atLeastOne("width of the MLP", hidden);
        }
    }

    /// `down(f(gate(x)) * up(x))` (Shazeer, "GLU Variants Improve Transformer", 2020).
    ///
    /// @param hidden width between the layers
    /// @param bias whether all three layers have one
    record Gated(int hidden, Function activation, boolean bias) implements Mlp {
        public Gated {
            Check.atLeastOne("width of the MLP", hidden);
        }
    }

    int hidden();

    Function activation();

    boolean bias();
}
