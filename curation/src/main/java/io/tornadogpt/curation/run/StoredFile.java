package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.files.WriteException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// A file as a stream of bytes, on the disk once it was closed. What cannot be written is said by
/// the file's name.
///
/// Used by one thread at a time.
final class StoredFile extends OutputStream {
    private final Storage storage;
    private final Path file;
    private final Storage.Output output;
    private long bytes;
    private boolean open = true;

    private StoredFile(Storage storage, Path file, Storage.Output output) {
        this.storage = storage;
        this.file = file;
        this.output = output;
    }

    static StoredFile create(Storage storage, Path file) throws IOException {
        try {
            return new StoredFile(storage, file, storage.create(file));
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
        try (output) {
            output.force();
        } catch (IOException e) {
            throw WriteException.of(storage, file, bytes, e);
        }
    }

    /// Closes the file without a promise that it is on the disk.
    void abandon() throws IOException {
        if (open) {
            open = false;
            output.close();
        }
    }
}
