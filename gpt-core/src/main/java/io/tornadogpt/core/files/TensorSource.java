package io.tornadogpt.core.files;

import io.tornadogpt.core.tensor.DType;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Named tensors in one or several files, mapped into memory and converted where they are read.
///
/// Safe for use by several threads. The mapping ends with [#close()]; a segment that
/// [#bytes(String)] gave must not be touched afterwards. The files must not be cut short while they
/// are open: the operating system would end the read with an error that no library can catch well.
public sealed interface TensorSource extends AutoCloseable
        permits SafetensorsFile, ShardedSafetensors, LlmcFile, GgufFile {
    /// The file in a model directory where all tensors stand in one.
    String SINGLE_FILE = "model.safetensors";

    /// The file in a model directory that says which tensor stands in which shard.
    String INDEX_FILE = "model.safetensors.index.json";

    /// What older model directories have instead: Python objects, which this library does not read.
    String PICKLE_FILE = "pytorch_model.bin";

    /// Opens a `.safetensors` file, a shard index, or a model directory that has either of them
    /// (the single file first, as in `transformers`).
    ///
    /// @throws ModelFileException where there is none, or it breaks the format
    static TensorSource open(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return path.toString().endsWith(".json")
                    ? ShardedSafetensors.open(path)
                    : SafetensorsFile.open(path);
        }
        if (Files.exists(path.resolve(SINGLE_FILE))) {
            return SafetensorsFile.open(path.resolve(SINGLE_FILE));
        }
        if (Files.exists(path.resolve(INDEX_FILE))) {
            return ShardedSafetensors.open(path.resolve(INDEX_FILE));
        }
        boolean pickle = Files.exists(path.resolve(PICKLE_FILE));
        throw new ModelFileException(
                path,
                "the directory",
                "has neither %s nor %s".formatted(SINGLE_FILE, INDEX_FILE),
                pickle
                        ? "its %s can run code and is not read: save the model as safetensors"
                                .formatted(PICKLE_FILE)
                        : "name a directory with weights in safetensors");
    }

    /// The file, or the index of the shards; what messages name.
    Path path();

    /// All tensors, in the order of their bytes, shard by shard.
    List<StoredTensor> tensors();

    /// The free text in the header; of shards, that of the first to have a key.
    Map<String, String> metadata();

    /// The tensor of that name, or null.
    @Nullable StoredTensor find(String name);

    /// The tensor's bytes as they stand in the file: little-endian, read-only, perhaps unaligned.
    ///
    /// @throws ModelFileException where there is no tensor of that name
    MemorySegment bytes(String name) throws ModelFileException;

    /// The tensor's bytes where they are what a device holds: of that type, in the machine's byte
    /// order; else null.
    default @Nullable MemorySegment nativeBytes(String name, DType type) throws ModelFileException {
        boolean fits =
                tensor(name).type() == StorageType.of(type)
                        && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        return fits ? bytes(name) : null;
    }

    /// The tensor of that name.
    ///
    /// @throws ModelFileException where there is none
    default StoredTensor tensor(String name) throws ModelFileException {
        StoredTensor tensor = find(name);
        if (tensor == null) {
            throw ModelFiles.noTensor(path(), name);
        }
        return tensor;
    }

    /// Reads a tensor of numbers with a fraction ([StorageType#isFloat]) into `destination`, a
    /// segment of exactly as many native floats.
    default void readFloats(String name, MemorySegment destination) throws ModelFileException {
        StoredTensor tensor = floatTensor(name, destination, Float.BYTES);
        Conversion.toFloats(tensor.type(), bytes(name), destination, tensor.elements());
    }

    /// Reads a part of such a tensor into `destination`, a segment of native floats. Of blocks, it
    /// reads whole ones.
    ///
    /// @param first index of the element that the part begins with
    /// @throws IndexOutOfBoundsException where the tensor has not so many elements
    default void readFloats(String name, long first, MemorySegment destination)
            throws ModelFileException {
        StoredTensor tensor = tensor(name);
        if (!tensor.type().isFloat()) {
            throw wrongType(tensor, "floating-point numbers");
        }
        long count = destination.byteSize() / Float.BYTES;
        Objects.checkFromIndexSize(first, count, tensor.elements());
        StorageType type = tensor.type();
        MemorySegment part = bytes(name).asSlice(type.bytes(first), type.bytes(count));
        Conversion.toFloats(type, part, destination, count);
    }

    /// Reads a tensor of numbers with a fraction ([StorageType#isFloat]) into `destination`, a
    /// segment of exactly as many native doubles.
    default void readDoubles(String name, MemorySegment destination) throws ModelFileException {
        StoredTensor tensor = floatTensor(name, destination, Double.BYTES);
        Conversion.toDoubles(tensor.type(), bytes(name), destination, tensor.elements());
    }

    /// The tensor as [#readFloats] reads it, in a new array.
    default float[] floats(String name) throws ModelFileException {
        var floats = new float[arrayLength(tensor(name))];
        readFloats(name, MemorySegment.ofArray(floats));
        return floats;
    }

    /// The tensor as [#readDoubles] reads it, in a new array.
    default double[] doubles(String name) throws ModelFileException {
        var doubles = new double[arrayLength(tensor(name))];
        readDoubles(name, MemorySegment.ofArray(doubles));
        return doubles;
    }

    /// A tensor of BOOL, I8 to I64 or U8 to U32 in a new array.
    default long[] longs(String name) throws ModelFileException {
        StoredTensor tensor = tensor(name);
        if (!tensor.type().isInteger()) {
            throw wrongType(tensor, "whole numbers");
        }
        var longs = new long[arrayLength(tensor)];
        MemorySegment bytes = bytes(name);
        for (int i = 0; i < longs.length; i++) {
            longs[i] = Conversion.integer(tensor.type(), bytes, i);
        }
        return longs;
    }

    /// Ends the mapping.
    @Override
    void close();

    private StoredTensor floatTensor(String name, MemorySegment destination, int elementBytes)
            throws ModelFileException {
        StoredTensor tensor = tensor(name);
        if (!tensor.type().isFloat()) {
            throw wrongType(tensor, "floating-point numbers");
        }
        if (destination.byteSize() / elementBytes != tensor.elements()
                || destination.byteSize() % elementBytes != 0) {
            throw new IllegalArgumentException(
                    "tensor %s has %d elements, but the destination's %d bytes hold %d"
                            .formatted(
                                    BadFileException.quote(name),
                                    tensor.elements(),
                                    destination.byteSize(),
                                    destination.byteSize() / elementBytes));
        }
        return tensor;
    }

    private ModelFileException wrongType(StoredTensor tensor, String wanted) {
        return new ModelFileException(
                path(),
                "tensor " + BadFileException.quote(tensor.name()),
                "has dtype %s, which is not read as %s".formatted(tensor.type(), wanted),
                "convert it before loading");
    }

    private int arrayLength(StoredTensor tensor) throws ModelFileException {
        if (tensor.elements() > Integer.MAX_VALUE - 8) {
            throw new ModelFileException(
                    path(),
                    "tensor " + BadFileException.quote(tensor.name()),
                    "has %d elements, more than an array holds".formatted(tensor.elements()),
                    "read it into a memory segment");
        }
        return (int) tensor.elements();
    }
}
