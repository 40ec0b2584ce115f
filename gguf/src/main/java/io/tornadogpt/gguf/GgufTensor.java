package io.tornadogpt.gguf;

import java.util.List;

/// One tensor of a GGUF file.
///
/// @param name as it stands in the file
/// @param type how elements are stored
/// @param shape dimensions from the outermost to the innermost, which the file has the other way
///   round; empty for a scalar
/// @param begin offset of its first byte in the file
/// @param byteSize bytes that it takes
public record GgufTensor(String name, GgufType type, List<Long> shape, long begin, long byteSize) {
    /// Keeps a copy of the shape.
    public GgufTensor {
        shape = List.copyOf(shape);
    }

    /// Offset behind its last byte.
    public long end() {
        return begin + byteSize;
    }
}
