package io.tornadogpt.curation.run;

import io.airlift.compress.v3.zstd.ZstdOutputStream;

import org.jspecify.annotations.Nullable;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes lines, compressed by zstd, to a file that begins with the first of them: without a line
/// there is no file. It is complete and on the disk once [#finish] returned.
///
/// Used by one thread at a time.
final class ShardWriter implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final WorkDirectory directory;
    private final Path file;
    private @Nullable StoredFile stored;
    private @Nullable OutputStream out;
    private long lines;

    /// @param directory whose disk is written to
    ShardWriter(WorkDirectory directory, Path file) {
        this.directory = directory;
        this.file = file;
    }

    /// Appends a line, with its end.
    void write(byte[] line) throws IOException {
        opened().write(line);
        lines++;
    }

    private OutputStream opened() throws IOException {
        if (out == null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            stored = directory.create(file);
            out = new ZstdOutputStream(new BufferedOutputStream(stored, BUFFER));
        }
        return out;
    }

    /// Ends the file. Where no line came, one of an earlier try is taken away.
    void finish() throws IOException {
        if (out == null) {
            Files.deleteIfExists(file);
            return;
        }
        out.close();
    }

    long lines() {
        return lines;
    }

    Path file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        if (stored != null) {
            stored.abandon();
        }
    }
}
