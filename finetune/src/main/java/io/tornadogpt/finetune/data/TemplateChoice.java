package io.tornadogpt.finetune.data;

/// With which template conversations become text.
public enum TemplateChoice {
    /// The model's own, where it has one; else Alpaca's for instructions and ChatML for messages.
    AUTO,
    /// The model's own.
    MODEL,
    ALPACA,
    CHATML
}
