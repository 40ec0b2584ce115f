package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A file that appears under its name complete or not at all.
///
/// It is written beside its place as `.NAME.partial`; [#commit()] forces it to disk and moves it
/// over whatever stood there. Closed without that, it leaves no trace. One writer a file at a time.
///
/// Used by one thread at a time.
public final class AtomicFile implements AutoCloseable {
    private final Path target;
    private final Path partial;
    private final FileChannel channel;

    private AtomicFile(Path target, Path partial, FileChannel channel) {
        this.target = target;
        this.partial = partial;
        this.channel = channel;
    }

    /// Starts a file that is to replace `target`; what an interrupted writer left is overwritten.
    public static AtomicFile begin(Path target) throws IOException {
        Path partial = Disk.sibling(target, "partial");
        var channel =
                FileChannel.open(
                        partial,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        return new AtomicFile(target, partial, channel);
    }

    /// Writes a whole file from memory.
    public static void write(Path target, byte[] bytes) throws IOException {
        try (var file = begin(target)) {
            var buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                file.channel().write(buffer);
            }
            file.commit();
        }
    }

    /// Where to write; closed by [#commit()] and [#close()].
    public FileChannel channel() {
        return channel;
    }

    /// Forces the contents to disk and puts the file in its place.
    public void commit() throws IOException {
        channel.force(true);
        channel.close();
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        Disk.forceDirectory(Disk.parent(target));
    }

    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            channel.close();
            Files.deleteIfExists(partial);
        }
    }
}
