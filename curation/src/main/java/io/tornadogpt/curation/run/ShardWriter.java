package io.tornadogpt.curation.run;

import io.airlift.compress.v3.zstd.ZstdOutputStream;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.files.WriteException;

import org.jspecify.annotations.Nullable;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Writes lines, compressed by zstd, to a file that begins with the first of them: without a line
/// there is no file. It is complete and on the disk once [#finish] returned.
///
/// Used by one thread at a time.
final class ShardWriter implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private @Nullable FileChannel channel;
    private @Nullable OutputStream out;
    private long lines;
    private long bytes;

    ShardWriter(Path file) {
        this.file = file;
    }

    /// Appends a line, with its end.
    void write(byte[] line) throws IOException {
        try {
            opened().write(line);
            lines++;
            bytes += line.length;
        } catch (IOException e) {
            throw WriteException.of(Storage.DISK, file, bytes + line.length, e);
        }
    }

    private OutputStream opened() throws IOException {
        if (out == null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING);
            FileChannel to = channel;
            out =
                    new ZstdOutputStream(
                            new BufferedOutputStream(
                                    new OutputStream() {
                                        @Override
                                        public void write(int b) throws IOException {
                                            write(new byte[] {(byte) b}, 0, 1);
                                        }

                                        @Override
                                        public void write(byte[] from, int offset, int length)
                                                throws IOException {
                                            var buffer =
                                                    java.nio.ByteBuffer.wrap(from, offset, length);
                                            while (buffer.hasRemaining()) {
                                                to.write(buffer);
                                            }
                                        }

                                        @Override
                                        public void close() throws IOException {
                                            to.force(true);
                                        }
                                    },
                                    BUFFER));
        }
        return out;
    }

    /// Ends the file. Where no line came, one of an earlier try is taken away.
    void finish() throws IOException {
        if (out == null) {
            Files.deleteIfExists(file);
            return;
        }
        try {
            out.close();
        } catch (IOException e) {
            throw WriteException.of(Storage.DISK, file, bytes, e);
        }
    }

    long lines() {
        return lines;
    }

    Path file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
