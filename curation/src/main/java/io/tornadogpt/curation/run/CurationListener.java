package io.tornadogpt.curation.run;

import io.tornadogpt.curation.read.Problem;

/// Hears what a run does.
public interface CurationListener {
    /// Where a run is.
    ///
    /// @param documents that were judged
    /// @param kept of these
    /// @param bytesRead of the input
    /// @param bytes of all of it
    /// @param seconds since the run began
    record Progress(long documents, long kept, long bytesRead, long bytes, double seconds) {}

    /// Some times a second.
    default void progress(Progress progress) {}

    /// Another part of the work begins.
    default void phase(String name) {}

    /// Input that is passed over.
    default void problem(Problem problem) {}
}
