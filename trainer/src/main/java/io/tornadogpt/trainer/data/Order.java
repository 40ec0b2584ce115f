package io.tornadogpt.trainer.data;

import com.fasterxml.jackson.annotation.JsonProperty;

/// In which order training tokens are read.
public enum Order {
    /// Rows that begin at random places, a function of seed and step.
    @JsonProperty("random")
    RANDOM,
    /// The tokens one after the other.
    @JsonProperty("sequential")
    SEQUENTIAL;

    /// Whether a part of the tokens is kept for validation: where all are read in order, none is.
    public boolean validates() {
        return this == RANDOM;
    }
}
