package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/// What is done to a disk when something is saved: the seam at which tests let the power fail, the
/// disk fill up and any call go wrong. Everything else uses [#DISK].
///
/// What was written is on the disk only once it was forced: a file's bytes by [Output#force()], a
/// new name, a rename and a deletion by [#forceDirectory(Path)] of the directory that holds them.
public interface Storage {
    /// The machine's own.
    Storage DISK = new DiskStorage();

    /// A file that is being written.
    interface Output extends WritableByteChannel {
        /// Writes over what stands at a position, or beyond the end.
        void write(ByteBuffer bytes, long position) throws IOException;

        /// Returns when all that was written is on the disk.
        void force() throws IOException;

        /// Appends a whole buffer.
        default void writeAll(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                write(bytes);
            }
        }
    }

    /// Makes a file, or empties the one that is there.
    Output create(Path file) throws IOException;

    /// Opens a file to write behind its first bytes, and makes it where there is none.
    ///
    /// @param size what is kept of it; the rest is cut off
    Output append(Path file, long size) throws IOException;

    /// Makes a directory in one that exists.
    void createDirectory(Path directory) throws IOException;

    /// Gives a file or directory another name on the same file system, in one step; a file that has
    /// that name is replaced.
    void rename(Path from, Path to) throws IOException;

    /// Deletes a file or an empty directory.
    void delete(Path path) throws IOException;

    /// Returns when the names in a directory are on the disk.
    void forceDirectory(Path directory) throws IOException;

    /// Bytes that can still be written to the file system that holds a path; the path itself need
    /// not exist.
    long usableBytes(Path path) throws IOException;
}
