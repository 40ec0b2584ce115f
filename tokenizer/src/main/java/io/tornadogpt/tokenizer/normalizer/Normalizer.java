package io.tornadogpt.tokenizer.normalizer;

import io.tornadogpt.tokenizer.json.Stage;

/// Changes text before it is cut into pieces. Normalizers are immutable.
public interface Normalizer extends Stage {

    /// The changed text; `text` itself where nothing changes.
    ///
    /// @param text without half of a surrogate pair
    String normalize(String text);

    /// A normalizer that also takes bytes that are not UTF-8, and has its own idea of them.
    interface OfBytes extends Normalizer {
        String normalize(byte[] utf8);
    }
}
