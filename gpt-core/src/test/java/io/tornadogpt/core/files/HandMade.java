package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A safetensors file put together by hand, right or wrong.
final class HandMade {
    private final long length;
    private final byte[] header;
    private final int data;

    /// @param length what the first eight bytes claim
    /// @param header the bytes of the header
    /// @param data bytes of zeros behind it
    HandMade(long length, byte[] header, int data) {
        this.length = length;
        this.header = header;
        this.data = data;
    }

    /// A file whose length field is right.
    static HandMade file(String header, int data) {
        byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
        return new HandMade(bytes.length, bytes, data);
    }

    HandMade claiming(long length) {
        return new HandMade(length, header, data);
    }

    byte[] bytes() {
        return ByteBuffer.allocate(Long.BYTES + header.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(header)
                .array();
    }

    Path write(Path path) throws IOException {
        return Files.write(path, bytes());
    }
}
