package io.tornadogpt.curation.run;

import io.airlift.compress.v3.zstd.ZstdInputStream;
import io.tornadogpt.curation.read.LineInput;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Reads the lines of a file that [ShardWriter] wrote; none where it wrote no file.
///
/// Used by one thread at a time.
final class LineFile implements AutoCloseable {
    private final InputStream in;
    private final LineInput lines;

    private LineFile(InputStream in) {
        this.in = in;
        this.lines = new LineInput(in, Integer.MAX_VALUE - 16);
    }

    static LineFile open(Path file) throws IOException {
        return new LineFile(
                Files.exists(file)
                        ? new ZstdInputStream(
                                new BufferedInputStream(Files.newInputStream(file), 1 << 16))
                        : new ByteArrayInputStream(new byte[0]));
    }

    boolean next() throws IOException {
        return lines.next();
    }

    /// The line, with its end.
    byte[] line() {
        byte[] line = Arrays.copyOf(lines.bytes(), lines.length() + 1);
        line[line.length - 1] = '\n';
        return line;
    }

    String text() {
        return new String(lines.bytes(), 0, lines.length(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
