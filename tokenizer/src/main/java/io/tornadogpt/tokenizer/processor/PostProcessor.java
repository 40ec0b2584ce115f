package io.tornadogpt.tokenizer.processor;

import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.json.Stage;

import org.jspecify.annotations.Nullable;

/// Joins the tokens of a text, or of a pair of texts, with special tokens. Post-processors are
/// immutable.
public interface PostProcessor extends Stage {

    /// @param pair null where there is one text only
    Encoding process(Encoding first, @Nullable Encoding pair);

    /// How many tokens this adds, for what is left to the texts when they are truncated.
    default int added(boolean pair) {
        return process(Encoding.EMPTY, pair ? Encoding.EMPTY : null).size();
    }
}
