package io.tornadogpt.curation.read;

import java.nio.file.Path;

/// A file, or some lines of one.
///
/// @param file to read
/// @param source the file's name in ids of documents
/// @param start the byte at which the first line begins
/// @param end the byte behind the last line
/// @param firstRow the number of the first line in the file, from 0
public record Slice(Path file, String source, long start, long end, long firstRow) {
    /// A whole file.
    ///
    /// @param size its bytes
    public static Slice whole(Path file, String source, long size) {
        return new Slice(file, source, 0, size, 0);
    }

    /// Bytes to read.
    public long size() {
        return end - start;
    }
}
