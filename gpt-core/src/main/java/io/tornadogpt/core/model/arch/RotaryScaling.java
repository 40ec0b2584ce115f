package io.tornadogpt.core.model.arch;

/// How rotary angles are changed so that a model reads further than it was trained to.
public sealed interface RotaryScaling {
    /// Not at all.
    record None() implements RotaryScaling {}

    /// Positions are divided by a factor (Chen et al., "Extending Context Window of Large Language
    /// Models via Positional Interpolation", 2023).
    ///
    /// @param factor above 0
    record Linear(double factor) implements RotaryScaling {
        public Linear {
            Check.positive("factor of rotary scaling", factor);
        }
    }

    /// The base grows with the length of what is read, where that is beyond the length the model
    /// was trained for ("NTK-aware" scaling, by bloc97, 2023).
    ///
    /// @param factor above 0
    /// @param trained positions that the model was trained for
    record Dynamic(double factor, int trained) implements RotaryScaling {
        public Dynamic {
            Check.positive("factor of rotary scaling", factor);
            Check.atLeastOne("original_max_position_embeddings", trained);
        }
    }

    /// Long waves are slowed down, short ones kept, with a smooth passage (Llama 3.1).
    ///
    /// @param factor by which long waves are slowed down
    /// @param low waves longer than `trained / low` are long
    /// @param high waves shorter than `trained / high` are short
    /// @param trained positions that the model was trained for
    record Llama3(double factor, double low, double high, int trained) implements RotaryScaling {
        public Llama3 {
            Check.positive("factor of rotary scaling", factor);
            Check.positive("low_freq_factor", low);
            Check.atLeastOne("original_max_position_embeddings", trained);
            if (!(high > low && Double.isFinite(high))) {
                throw new IllegalArgumentException(
                        "high_freq_factor is %s; expected more than low_freq_factor, %s"
                                .formatted(high, low));
            }
        }
    }

    /// Waves are slowed down by how often they turn within the trained length, and scores are made
    /// a little steeper (Peng et al., "YaRN", 2023).
    ///
    /// @param factor by which long waves are slowed down
    /// @param trained positions that the model was trained for
    /// @param fast waves that turn more often are kept
    /// @param slow waves that turn less often are slowed down all the way
    /// @param attention what cosines and sines are multiplied by
    /// @param truncated whether the borders between fast and slow are whole numbers
    record Yarn(
            double factor,
            int trained,
            double fast,
            double slow,
            double attention,
            boolean truncated)
            implements RotaryScaling {
        public Yarn {
            Check.positive("factor of rotary scaling", factor);
            Check.atLeastOne("original_max_position_embeddings", trained);
            Check.positive("beta_fast", fast);
            Check.positive("beta_slow", slow);
            Check.positive("attention_factor", attention);
        }

        /// The paper's factor for scores: `0.1 ln(factor) + 1`.
        public static double attention(double factor) {
            return factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1;
        }
    }
}
