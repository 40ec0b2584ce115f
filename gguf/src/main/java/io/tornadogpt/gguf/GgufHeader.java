package io.tornadogpt.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/// All of a GGUF file but the tensors' bytes.
///
/// Nothing that a file says is believed before it is checked: a length is compared with the bytes
/// that follow it before anything is allocated, and a tensor's shape, type, offset and size with
/// each other and with the file. Versions 2 and 3 are read, which lie alike.
///
/// @param version of the format
/// @param metadata what the file says of itself
/// @param tensors in the order in which they are listed; their bytes do not overlap
public record GgufHeader(int version, GgufMetadata metadata, List<GgufTensor> tensors) {
    /// Keeps a copy of the list.
    public GgufHeader {
        tensors = List.copyOf(tensors);
    }

    /// Whether a file begins as GGUF files do.
    ///
    /// @throws IOException if it cannot be read
    public static boolean isGguf(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (var in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(HeaderReader.MAGIC.length);
            return Arrays.equals(start, HeaderReader.MAGIC);
        }
    }

    /// Reads and checks the header of a file.
    ///
    /// @throws GgufException where the file breaks the format
    public static GgufHeader read(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            return new HeaderReader(file, bytes).read();
        }
    }
}
