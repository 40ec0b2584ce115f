package io.tornadogpt.core.files;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// One checkpoint of llm.c, mapped into memory: its weights under Hugging Face's names for GPT-2,
/// matrices of linear layers as `[out, in]`.
///
/// The file must have exactly the size that its header says; that is checked before anything is
/// mapped.
///
/// Safe for use by several threads until it is closed.
public final class LlmcFile implements TensorSource {
    private final Path path;
    private final Arena arena;
    private final MemorySegment data;
    private final LlmcHeader header;
    private final Map<String, StoredTensor> byName = new LinkedHashMap<>();

    private LlmcFile(Path path, Arena arena, MemorySegment data, LlmcHeader header) {
        this.path = path;
        this.arena = arena;
        this.data = data;
        this.header = header;
        header.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
    }

    /// Opens and checks a file.
    ///
    /// @throws ModelFileException where it is missing or breaks the format
    public static LlmcFile open(Path path) throws IOException {
        ModelFiles.requireFile(path);
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            LlmcHeader header = header(path, channel);
            Arena arena = Arena.ofShared();
            try {
                MemorySegment data =
                        channel.map(MapMode.READ_ONLY, LlmcHeader.BYTES, header.dataBytes(), arena);
                return new LlmcFile(path, arena, data, header);
            } catch (IOException | RuntimeException e) {
                arena.close();
                throw e;
            }
        }
    }

    private static LlmcHeader header(Path path, FileChannel channel) throws IOException {
        var bytes = ByteBuffer.allocate(LlmcHeader.BYTES);
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
        if (bytes.hasRemaining()) {
            throw new ModelFileException(
                    path,
                    "the file",
                    "has %d bytes, too few for the header of an llm.c checkpoint"
                            .formatted(bytes.position()),
                    "name a model directory or a checkpoint of llm.c");
        }
        LlmcHeader header = LlmcHeader.read(path, bytes.flip());
        long expected = LlmcHeader.BYTES + header.dataBytes();
        if (channel.size() != expected) {
            throw new ModelFileException(
                    path,
                    "the file",
                    "has %d bytes, but the sizes in its header make %d"
                            .formatted(channel.size(), expected),
                    ModelFiles.FETCH_AGAIN);
        }
        return header;
    }

    /// Writes a checkpoint, and puts it in place of what stood at `path` once it is complete.
    ///
    /// @param contents of each weight, asked for by its name in the order of the file
    public static void write(
            Path path, LlmcHeader header, Function<StoredTensor, FloatSource> contents)
            throws IOException {
        try (var file = AtomicFile.begin(path)) {
            var out = new TensorOutput(file.output());
            out.write(MemorySegment.ofArray(header.bytes()));
            long written = 0;
            for (StoredTensor tensor : header.tensors()) {
                long padding = (tensor.begin() - written) / (header.type().bits() / Byte.SIZE);
                out.write(header.type(), padding, FloatSource.ZEROS);
                out.write(header.type(), tensor.elements(), contents.apply(tensor));
                written = tensor.end();
            }
            out.flush();
            file.commit();
        }
    }

    public LlmcHeader header() {
        return header;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public List<StoredTensor> tensors() {
        return List.copyOf(byName.values());
    }

    /// The format has none.
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
