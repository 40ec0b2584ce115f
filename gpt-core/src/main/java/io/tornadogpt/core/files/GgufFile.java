package io.tornadogpt.core.files;

import io.tornadogpt.gguf.GgufException;
import io.tornadogpt.gguf.GgufHeader;
import io.tornadogpt.gguf.GgufMetadata;
import io.tornadogpt.gguf.GgufTensor;
import io.tornadogpt.gguf.GgufType;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One GGUF file, mapped into memory: its tensors under GGUF's names, matrices of linear layers as
/// `[out, in]`.
///
/// All that the header says is checked before anything is mapped or allocated by it. Tensors of
/// types that are not read, such as the IQ types, are refused by name.
///
/// Safe for use by several threads until it is closed.
public final class GgufFile implements TensorSource {
    private final Path path;
    private final Arena arena;
    private final MemorySegment data;
    private final GgufMetadata metadata;
    private final Map<String, StoredTensor> byName;

    private GgufFile(
            Path path,
            Arena arena,
            MemorySegment data,
            GgufMetadata metadata,
            Map<String, StoredTensor> byName) {
        this.path = path;
        this.arena = arena;
        this.data = data;
        this.metadata = metadata;
        this.byName = byName;
    }

    /// Whether a file begins as GGUF files do.
    public static boolean is(Path path) throws IOException {
        return GgufHeader.isGguf(path);
    }

    /// Opens and checks a file.
    ///
    /// @throws ModelFileException where it is missing, breaks the format, or has tensors of a type
    ///   that is not read
    public static GgufFile open(Path path) throws IOException {
        ModelFiles.requireFile(path);
        GgufHeader header = header(path);
        Map<String, StoredTensor> byName = LinkedHashMap.newLinkedHashMap(header.tensors().size());
        for (GgufTensor tensor : header.tensors()) {
            byName.put(tensor.name(), stored(path, tensor));
        }
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            Arena arena = Arena.ofShared();
            try {
                MemorySegment data = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
                requireWhole(path, data, byName);
                return new GgufFile(path, arena, data, header.metadata(), byName);
            } catch (IOException | RuntimeException e) {
                arena.close();
                throw e;
            }
        }
    }

    private static GgufHeader header(Path path) throws IOException {
        try {
            return GgufHeader.read(path);
        } catch (GgufException e) {
            throw refused(e);
        }
    }

    /// As an exception of model files.
    public static ModelFileException refused(GgufException e) {
        return new ModelFileException(e.file(), e.field(), e.problem(), e.remedy(), e);
    }

    /// The file may have been cut since its header was read.
    private static void requireWhole(
            Path path, MemorySegment data, Map<String, StoredTensor> tensors)
            throws ModelFileException {
        for (StoredTensor tensor : tensors.values()) {
            if (tensor.end() > data.byteSize()) {
                throw new ModelFileException(
                        path,
                        "the file",
                        "became shorter while it was opened",
                        ModelFiles.FETCH_AGAIN);
            }
        }
    }

    private static StoredTensor stored(Path path, GgufTensor tensor) throws ModelFileException {
        return new StoredTensor(
                tensor.name(), type(path, tensor), tensor.shape(), tensor.begin(), tensor.end());
    }

    private static StorageType type(Path path, GgufTensor tensor) throws ModelFileException {
        return switch (tensor.type()) {
            case F32 -> StorageType.F32;
            case F16 -> StorageType.F16;
            case BF16 -> StorageType.BF16;
            case F64 -> StorageType.F64;
            case Q8_0 -> StorageType.Q8_0;
            case Q4_0 -> StorageType.Q4_0;
            case Q4_1 -> StorageType.Q4_1;
            case Q5_0 -> StorageType.Q5_0;
            case Q5_1 -> StorageType.Q5_1;
            case Q4_K -> StorageType.Q4_K;
            case Q5_K -> StorageType.Q5_K;
            case Q6_K -> StorageType.Q6_K;
            case I8 -> StorageType.I8;
            case I16 -> StorageType.I16;
            case I32 -> StorageType.I32;
            case I64 -> StorageType.I64;
            default ->
                    throw new ModelFileException(
                            path,
                            "tensor " + BadFileException.quote(tensor.name()),
                            "is stored as %s, which is not read; supported: %s"
                                    .formatted(tensor.type(), READ),
                            "fetch or make the model in one of these types");
        };
    }

    private static final List<GgufType> READ =
            List.of(
                    GgufType.F32,
                    GgufType.F16,
                    GgufType.BF16,
                    GgufType.F64,
                    GgufType.Q8_0,
                    GgufType.Q4_0,
                    GgufType.Q4_1,
                    GgufType.Q5_0,
                    GgufType.Q5_1,
                    GgufType.Q4_K,
                    GgufType.Q5_K,
                    GgufType.Q6_K);

    /// What the file says of itself.
    public GgufMetadata description() {
        return metadata;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public List<StoredTensor> tensors() {
        return new ArrayList<>(byName.values());
    }

    /// Its metadata is typed, see [#description()].
    @Override
    public Map<String, String> metadata() {
        return Collections.emptyMap();
    }

    @Override
    public @Nullable StoredTensor find(String name) {
        return byName.get(name);
    }

    @Override
    public MemorySegment bytes(String name) throws ModelFileException {
        StoredTensor tensor = tensor(name);
        return data.asSlice(tensor.begin(), tensor.byteSize());
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
