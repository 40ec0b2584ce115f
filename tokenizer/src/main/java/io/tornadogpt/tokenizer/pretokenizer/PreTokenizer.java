package io.tornadogpt.tokenizer.pretokenizer;

import io.tornadogpt.tokenizer.json.Stage;

/// Cuts text into pieces, and may change these. Pre-tokenizers are immutable.
public interface PreTokenizer extends Stage {

    /// @param text not empty
    /// @param first whether the text begins where the user's text begins
    void cut(String text, boolean first, Pieces out);

    /// Takes pieces in order.
    @FunctionalInterface
    interface Pieces {
        /// @param piece not empty
        /// @param first whether it begins where the user's text begins
        void accept(String piece, boolean first);

        /// Takes the piece `text[from, to)`, which is not empty.
        default void accept(String text, int from, int to, boolean first) {
            accept(text.substring(from, to), first);
        }
    }
}
