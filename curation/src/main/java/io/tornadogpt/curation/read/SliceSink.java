package io.tornadogpt.curation.read;

import java.io.IOException;

/// Takes the files that are found.
public interface SliceSink {
    /// A file, or some of its lines. They come in the order of their names.
    ///
    /// @param modified when the file was last changed, in milliseconds since 1970
    void slice(Slice slice, long modified) throws IOException;

    /// What is passed over.
    void problem(Problem problem) throws IOException;
}
