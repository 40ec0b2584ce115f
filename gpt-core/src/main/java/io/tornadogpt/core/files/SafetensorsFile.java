package io.tornadogpt.core.files;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One `.safetensors` file, mapped into memory.
///
/// The format is that of Hugging Face's safetensors 0.8, with all that it demands: a header of at
/// most 100 MB in UTF-8 that begins with a brace, no key twice, known dtypes, shapes whose size is
/// that of the bytes, and tensors that cover the data without gap or overlap. Beyond that a tensor
/// may not have keys of its own, and a file no more than 16,384 tensors of 64 dimensions (8 on
/// average), names of 4,096 characters and 4 MiB of metadata. The values themselves are not looked
/// at: NaN and infinities are allowed.
///
/// Tensors of U8 that the metadata say are blocks of quantized numbers ([SafetensorsWriter#blocks])
/// are seen as such.
///
/// All is checked before the data is mapped; only the header's contents take heap.
///
/// Safe for use by several threads until it is closed.
public final class SafetensorsFile implements TensorSource {
    private final Path path;
    private final Arena arena;
    private final MemorySegment data;
    private final SafetensorsHeader header;
    private final Map<String, StoredTensor> byName;

    private SafetensorsFile(Path path, Arena arena, MemorySegment data, SafetensorsHeader header) {
        this.path = path;
        this.arena = arena;
        this.data = data;
        this.header = header;
        this.byName = LinkedHashMap.newLinkedHashMap(header.tensors().size());
        header.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
    }

    /// Opens and checks a file.
    ///
    /// @throws ModelFileException where it is missing or breaks the format
    public static SafetensorsFile open(Path path) throws IOException {
        ModelFiles.requireFile(path);
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            SafetensorsHeader read = SafetensorsHeader.read(path, channel);
            var header =
                    new SafetensorsHeader(
                            read.metadata(),
                            BlockRows.seen(path, read.metadata(), read.tensors()),
                            read.dataStart());
            long dataSize = channel.size() - header.dataStart();
            Arena arena = Arena.ofShared();
            try {
                MemorySegment data =
                        channel.map(MapMode.READ_ONLY, header.dataStart(), dataSize, arena);
                return new SafetensorsFile(path, arena, data, header);
            } catch (IOException | RuntimeException e) {
                arena.close();
                throw e;
            }
        }
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public List<StoredTensor> tensors() {
        return header.tensors();
    }

    @Override
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
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
