package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file that appears under its name complete or not at all.
///
/// It is written beside its place as `.NAME.partial`; [#commit()] forces it to disk and moves it
/// over whatever stood there. Closed without that, it leaves no trace. One writer a file at a time.
///
/// Used by one thread at a time.
public final class AtomicFile implements AutoCloseable {
    private final Storage storage;
    private final Path target;
    private final Path partial;
    private final Counted output;

    private AtomicFile(Storage storage, Path target, Path partial) throws IOException {
        this.storage = storage;
        this.target = target;
        this.partial = partial;
        this.output = new Counted(storage.create(partial));
    }

    /// Starts a file that is to replace `target`; what an interrupted writer left is overwritten.
    public static AtomicFile begin(Path target) throws IOException {
        return begin(Storage.DISK, target);
    }

    /// As above, on another disk.
    public static AtomicFile begin(Storage storage, Path target) throws IOException {
        return begin(storage, target, 0);
    }

    private static AtomicFile begin(Storage storage, Path target, long needed) throws IOException {
        try {
            return new AtomicFile(storage, target, Disk.sibling(target, "partial"));
        } catch (IOException e) {
            throw WriteException.of(storage, target, needed, e);
        }
    }

    /// Writes a whole file from memory.
    public static void write(Path target, byte[] bytes) throws IOException {
        write(Storage.DISK, target, bytes);
    }

    /// As above, on another disk.
    public static void write(Storage storage, Path target, byte[] bytes) throws IOException {
        try (var file = begin(storage, target, bytes.length)) {
            file.output().writeAll(ByteBuffer.wrap(bytes));
            file.commit();
        }
    }

    /// Where to write; closed by [#commit()] and [#close()].
    public Storage.Output output() {
        return output;
    }

    /// Where it is until it is complete, to read what was written.
    public Path partial() {
        return partial;
    }

    /// Forces the contents to disk and puts the file in its place.
    public void commit() throws IOException {
        try {
            output.force();
            output.close();
            storage.rename(partial, target);
            output.moved = true;
            storage.forceDirectory(Disk.parent(target));
        } catch (IOException e) {
            throw WriteException.of(storage, target, output.written, e);
        }
    }

    @Override
    public void close() throws IOException {
        if (output.moved) {
            return;
        }
        output.close();
        if (Files.exists(partial)) {
            storage.delete(partial);
        }
    }

    /// The output, and how much was to be written to it.
    private final class Counted implements Storage.Output {
        private final Storage.Output to;
        private long written;
        private boolean moved;

        Counted(Storage.Output to) {
            this.to = to;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int before = bytes.remaining();
            try {
                int count = to.write(bytes);
                written += count;
                return count;
            } catch (IOException e) {
                throw WriteException.of(storage, target, written + before, e);
            }
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            written = Math.max(written, position + bytes.remaining());
            try {
                to.write(bytes, position);
            } catch (IOException e) {
                throw WriteException.of(storage, target, written, e);
            }
        }

        @Override
        public void force() throws IOException {
            to.force();
        }

        @Override
        public boolean isOpen() {
            return to.isOpen();
        }

        @Override
        public void close() throws IOException {
            to.close();
        }
    }
}
