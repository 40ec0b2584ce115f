package io.tornadogpt.core.files;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// The machine's file systems. Failures say on which path they happened, which a channel's own do
/// not.
final class DiskStorage implements Storage {
    private static final boolean WINDOWS = File.separatorChar == '\\';

    @Override
    public Output create(Path file) throws IOException {
        return new ChannelOutput(
                file,
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE));
    }

    @Override
    public Output append(Path file, long size) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var output = new ChannelOutput(file, channel);
        try {
            channel.truncate(size).position(size);
            return output;
        } catch (IOException e) {
            channel.close();
            throw named(file, e);
        }
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        Files.createDirectory(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.delete(path);
    }

    /// Windows has no such call and needs none.
    @Override
    public void forceDirectory(Path directory) throws IOException {
        if (!WINDOWS) {
            try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            } catch (IOException e) {
                throw named(directory, e);
            }
        }
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        Path existing = path.toAbsolutePath().normalize();
        while (!Files.exists(existing)) {
            existing = Disk.parent(existing);
        }
        return Files.getFileStore(existing).getUsableSpace();
    }

    private static IOException named(Path path, IOException e) {
        if (e instanceof FileSystemException) {
            return e;
        }
        @Nullable String reason = e.getMessage();
        var named = new FileSystemException(path.toString(), null, reason);
        named.initCause(e);
        return named;
    }

    private record ChannelOutput(Path file, FileChannel channel) implements Output {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
            try {
                return channel.write(bytes);
            } catch (IOException e) {
                throw named(file, e);
            }
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            try {
                for (long at = position; bytes.hasRemaining(); ) {
                    at += channel.write(bytes, at);
                }
            } catch (IOException e) {
                throw named(file, e);
            }
        }

        @Override
        public void force() throws IOException {
            try {
                channel.force(true);
            } catch (IOException e) {
                throw named(file, e);
            }
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            try {
                channel.close();
            } catch (IOException e) {
                throw named(file, e);
            }
        }
    }
}
