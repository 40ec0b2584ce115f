package io.tornadogpt.curation.read;

import io.tornadogpt.curation.Document;

import java.io.IOException;

/// Takes what is read.
public interface Receiver {
    /// The next document.
    ///
    /// @throws IOException where reading is to end
    void document(Document document) throws IOException;

    /// Input that is passed over.
    ///
    /// @throws IOException where reading is to end
    void problem(Problem problem) throws IOException;
}
