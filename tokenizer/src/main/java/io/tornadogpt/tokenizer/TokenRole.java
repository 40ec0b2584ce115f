package io.tornadogpt.tokenizer;

import java.util.Locale;

/// What a special token is for, as `tokenizer_config.json` says it.
public enum TokenRole {
    /// Comes before a text.
    BOS,
    /// Ends a text.
    EOS,
    /// Stands for what has no token.
    UNK,
    /// Comes between or behind texts.
    SEP,
    /// Fills a batch up.
    PAD,
    /// Comes before a text that is to be classified.
    CLS,
    /// Stands for a token that is to be guessed.
    MASK;

    /// The name of the token's field in `tokenizer_config.json`.
    public String key() {
        return name().toLowerCase(Locale.ROOT) + "_token";
    }
}
