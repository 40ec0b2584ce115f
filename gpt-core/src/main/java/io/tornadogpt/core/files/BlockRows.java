package io.tornadogpt.core.files;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Blocks of quantized numbers in a safetensors file, whose format has no type for them: a tensor
/// of U8 with a row of bytes for each row of blocks. The metadata say which type of blocks all
/// tensors of U8 in the file are.
final class BlockRows {
    /// The key in the metadata; its value is the name of the type.
    static final String METADATA = "tornadogpt.blocks";

    private BlockRows() {}

    /// The shape in bytes of a tensor.
    ///
    /// @param shape in numbers
    /// @throws IllegalArgumentException where it is no matrix whose rows are whole blocks
    static List<Long> stored(StorageType type, List<Long> shape) {
        if (shape.size() != 2 || shape.getLast() % type.blockElements() != 0) {
            throw new IllegalArgumentException(
                    "shape %s cannot be written as %s; expected two dimensions, the last a multiple"
                                    .formatted(shape, type)
                            + " of "
                            + type.blockElements());
        }
        return lastOf(shape, type.bytes(shape.getLast()));
    }

    /// The tensors of a file as what they are: blocks where the metadata say that they are.
    ///
    /// @throws ModelFileException where the metadata name another type, or rows are no whole blocks
    static List<StoredTensor> seen(
            Path path, Map<String, String> metadata, List<StoredTensor> tensors)
            throws ModelFileException {
        String name = metadata.get(METADATA);
        if (name == null) {
            return tensors;
        }
        StorageType type =
                switch (name) {
                    case "Q8_0" -> StorageType.Q8_0;
                    case "Q4_0" -> StorageType.Q4_0;
                    default ->
                            throw new ModelFileException(
                                    path,
                                    "the metadata",
                                    "have %s %s".formatted(METADATA, BadFileException.quote(name)),
                                    "expected Q8_0 or Q4_0");
                };
        var seen = new ArrayList<StoredTensor>();
        for (StoredTensor tensor : tensors) {
            seen.add(tensor.type() == StorageType.U8 ? blocks(path, type, tensor) : tensor);
        }
        return seen;
    }

    private static StoredTensor blocks(Path path, StorageType type, StoredTensor tensor)
            throws ModelFileException {
        List<Long> shape = tensor.shape();
        int block = type.bits() / Byte.SIZE;
        if (shape.size() != 2 || shape.getLast() % block != 0) {
            throw new ModelFileException(
                    path,
                    "tensor " + BadFileException.quote(tensor.name()),
                    "has shape %s; expected rows of whole blocks of %s, %d bytes each"
                            .formatted(shape, type, block),
                    "quantize the model again");
        }
        long columns = Math.multiplyExact(shape.getLast() / block, type.blockElements());
        return new StoredTensor(
                tensor.name(), type, lastOf(shape, columns), tensor.begin(), tensor.end());
    }

    private static List<Long> lastOf(List<Long> shape, long last) {
        var changed = new ArrayList<>(shape);
        changed.set(shape.size() - 1, last);
        return changed;
    }
}
