package io.tornadogpt.trainer.settings;

/// How the learning rate goes from its peak to its minimum once the warm-up is over.
public enum Schedule {
    /// Stays at the peak.
    CONSTANT,
    /// A straight line down.
    LINEAR,
    /// Half a cosine wave down, as in nanoGPT.
    COSINE,
    /// Warm-up, stable, decay: the peak for four fifths of all steps, then down with one minus the
    /// square root, as in llm.c.
    WSD
}
