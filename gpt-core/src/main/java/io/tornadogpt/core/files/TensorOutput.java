package io.tornadogpt.core.files;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// A buffer in front of a file that tensors are written to.
final class TensorOutput {
    private static final int BUFFER_BYTES = 1 << 20;

    private final WritableByteChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final MemorySegment segment = MemorySegment.ofBuffer(buffer.duplicate());

    TensorOutput(WritableByteChannel channel) {
        this.channel = channel;
    }

    void write(MemorySegment bytes) throws IOException {
        for (long at = 0; at < bytes.byteSize(); ) {
            int n = (int) Math.min(room(1), bytes.byteSize() - at);
            MemorySegment.copy(bytes, at, segment, buffer.position(), n);
            buffer.position(buffer.position() + n);
            at += n;
        }
    }

    /// Writes floats rounded to `type`: F32, F16, BF16, Q8_0 or Q4_0.
    void write(StorageType type, long elements, FloatSource source) throws IOException {
        var block = new float[Conversion.BLOCK];
        for (long from = 0; from < elements; from += block.length) {
            int count = (int) Math.min(block.length, elements - from);
            source.read(from, block, count);
            int bytes = Math.toIntExact(type.bytes(count));
            room(bytes);
            Conversion.fromFloats(type, block, count, segment.asSlice(buffer.position()));
            buffer.position(buffer.position() + bytes);
        }
    }

    /// Free bytes in the buffer: at least `wanted`.
    private int room(int wanted) throws IOException {
        if (buffer.remaining() < wanted) {
            flush();
        }
        return buffer.remaining();
    }

    void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }
}
