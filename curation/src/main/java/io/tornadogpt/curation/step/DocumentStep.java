package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.io.IOException;

/// A step that looks at one document at a time: a pure function, which any number of threads may
/// call at once, and which says the same of the same document wherever it runs.
public non-sealed interface DocumentStep extends Step {
    /// Judges a document.
    Verdict apply(Document document);

    /// Reads what the step needs beside its settings, such as a list of words, before the first
    /// document is judged.
    ///
    /// @return the step that judges
    /// @throws IOException where a file that the settings name cannot be used
    default DocumentStep prepared() throws IOException {
        return this;
    }

    /// Gives back what [#prepared] took, once the last document is judged.
    default void close() {}
}
