package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.files.WriteException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;

/// A file as a stream of bytes, in its place and on the disk once it was closed. Until then it has
/// a name of its own, so that of several processes that write the same file, because one of them
/// was taken for dead, none sees the other's half; whoever is ready last replaces the same bytes.
/// What cannot be written is said by the file's name.
///
/// Used by one thread at a time.
final class StoredFile extends OutputStream {
    private final Storage storage;
    private final Path file;
    private final Path partial;
    private final Storage.Output output;
    private long bytes;
    private boolean open = true;

    private StoredFile(Storage storage, Path file, Path partial) throws IOException {
        this.storage = storage;
        this.file = file;
        this.partial = partial;
        this.output = storage.create(partial);
    }

    /// Begins a file.
    ///
    /// @param partial where it is until it is complete, on the same disk
    static StoredFile create(Storage storage, Path file, Path partial) throws IOException {
        try {
            return new StoredFile(storage, file, partial);
        } catch (IOException e) {
            throw WriteException.of(storage, file, 0, e);
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        try {
            output.writeAll(ByteBuffer.wrap(from, offset, length));
            bytes += length;
        } catch (IOException e) {
            throw WriteException.of(storage, file, bytes + length, e);
        }
    }

    @Override
    public void close() throws IOException {
        if (!open) {
            return;
        }
        open = false;
        try {
            try (output) {
                output.force();
            }
            storage.rename(partial, file);
            storage.forceDirectory(Objects.requireNonNull(file.getParent()));
        } catch (IOException e) {
            throw WriteException.of(storage, file, bytes, e);
        }
    }

    /// Gives the file up where it is not complete.
    void abandon() throws IOException {
        if (open) {
            open = false;
            output.close();
            storage.delete(partial);
        }
    }
}
