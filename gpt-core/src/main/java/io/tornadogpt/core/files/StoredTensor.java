package io.tornadogpt.core.files;

import java.util.List;

/// One tensor of a safetensors file: an entry of its header.
///
/// Its bytes are little-endian, in row-major order, without padding.
///
/// @param name as it stands in the file
/// @param type how an element is stored
/// @param shape the dimensions from the outermost to the innermost; empty for a scalar
/// @param begin offset of its first byte in the file's data, which starts behind the header
/// @param end offset behind its last byte
public record StoredTensor(String name, StorageType type, List<Long> shape, long begin, long end) {
    /// Keeps a copy of the shape.
    public StoredTensor {
        shape = List.copyOf(shape);
    }

    /// Number of elements: the product of the shape.
    public long elements() {
        return StorageType.elements(shape);
    }

    /// Bytes that it takes in the file.
    public long byteSize() {
        return end - begin;
    }
}
