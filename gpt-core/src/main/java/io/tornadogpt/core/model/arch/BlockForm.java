package io.tornadogpt.core.model.arch;

/// How attention and MLP of a block are put together.
public enum BlockForm {
    /// ```
    /// x ─┬─ norm ─ attention ─ + ─┬─ norm ─ MLP ─ + ─
    ///    └────────────────────┘   └────────────┘
    /// ```
    SEQUENTIAL,
    /// Falcon-7B, Phi:
    ///
    /// ```
    ///           ┌─ attention ─┐
    /// x ─┬ norm ┴─── MLP ─────┼ + ─
    ///    └────────────────────┘
    /// ```
    PARALLEL_ONE_NORM,
    /// GPT-NeoX, Falcon-40B:
    ///
    /// ```
    ///    ┌─ norm ─ attention ─┐
    /// x ─┼─ norm ─── MLP ─────┼ + ─
    ///    └────────────────────┘
    /// ```
    PARALLEL_TWO_NORMS
}
