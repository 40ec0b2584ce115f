package io.tornadogpt.curation.run;

import java.io.IOException;
import java.nio.file.Path;

/// The ids of the documents of a piece that went through the steps for single ones, in their order.
///
/// Used by one thread at a time.
public final class DocumentIds implements AutoCloseable {
    private final LineFile lines;

    DocumentIds(Path file) throws IOException {
        this.lines = LineFile.open(file);
    }

    /// Goes to the next document.
    ///
    /// @return whether there is one
    public boolean next() throws IOException {
        return lines.next();
    }

    /// Its id.
    public String id() {
        return lines.text();
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
