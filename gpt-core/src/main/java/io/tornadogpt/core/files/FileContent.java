package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// What a file is to hold, handed over while it is written.
@FunctionalInterface
public interface FileContent {
    /// Writes all of it.
    void writeTo(WritableByteChannel out) throws IOException;

    /// Bytes in memory.
    static FileContent of(byte[] bytes) {
        return out -> {
            var buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
        };
    }
}
