package io.tornadogpt.core.model.arch;

import java.util.List;

/// How a model knows where a token stands.
public sealed interface Position {
    /// It does not, but for what causal attention tells it.
    record None() implements Position {}

    /// A learned vector for each position, added to the embedding.
    ///
    /// @param offset rows of the table before the one of position 0: 2 in OPT and RoBERTa
    record Learned(int offset) implements Position {
        public Learned {
            Check.notNegative("offset of positions", offset);
        }
    }

    /// Rotary embedding (Su et al., 2021) of queries and keys.
    ///
    /// @param size the first elements of each head, which are turned; even
    /// @param interleaved whether pairs are neighbours rather than halves
    /// @param kinds how angles grow, one for each kind of layer
    /// @param kindOfLayer which of them each layer has; empty where there is one kind
    record Rotary(int size, boolean interleaved, List<Angles> kinds, List<Integer> kindOfLayer)
            implements Position {
        public Rotary {
            kinds = List.copyOf(kinds);
            kindOfLayer = List.copyOf(kindOfLayer);
            if (size < 2 || size % 2 != 0) {
                throw new IllegalArgumentException(
                        "rotary positions turn %d elements of a head; expected an even number >= 2"
                                .formatted(size));
            }
            int count = kinds.size();
            if (count == 0
                    || (count > 1 && kindOfLayer.isEmpty())
                    || kindOfLayer.stream().anyMatch(kind -> kind < 0 || kind >= count)) {
                throw new IllegalArgumentException(
                        "rotary positions have %d kinds of angles, and layers of the kinds %s"
                                .formatted(count, kindOfLayer));
            }
        }

        /// All layers alike.
        public Rotary(int size, double base, RotaryScaling scaling) {
            this(size, false, List.of(new Angles(base, scaling)), List.of());
        }
    }

    /// How angles grow: pair i of a head turns by `position * base^(-2i / size)`, scaled.
    ///
    /// @param base above 0: 10,000 in the paper
    record Angles(double base, RotaryScaling scaling) {
        public Angles {
            Check.positive("base of rotary positions", base);
        }
    }

    /// A bias of scores that is linear in the distance (Press et al., "ALiBi", 2021).
    ///
    /// @param scale what slopes are multiplied by: Falcon scales the bias with the scores
    /// @param roundedToBf16 whether slopes, positions and their products are rounded to BF16, as
    ///   Falcon's are; from some distance on the bias then grows in steps
    record Alibi(double scale, boolean roundedToBf16) implements Position {
        public Alibi {
            Check.positive("scale of ALiBi slopes", scale);
        }
    }
}
