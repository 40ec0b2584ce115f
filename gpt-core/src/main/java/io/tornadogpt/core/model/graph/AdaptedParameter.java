package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.model.arch.Part;

/// A parameter of an adapter, and what it does there.
///
/// @param part that it changes; the first of them where several share it
public record AdaptedParameter(Parameter parameter, Kind kind, Part part) {
    /// What a parameter of an adapter does.
    public enum Kind {
        /// `[rank, in]`
        A,
        /// `[out, rank]`
        B,
        /// Stands in place of the model's own.
        SAVED
    }
}
