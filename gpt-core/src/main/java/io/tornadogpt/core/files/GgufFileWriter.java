package io.tornadogpt.core.files;

import io.tornadogpt.gguf.GgufTensor;
import io.tornadogpt.gguf.GgufType;
import io.tornadogpt.gguf.GgufWriter;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes a GGUF file: what its header says, and tensors whose numbers are asked for while the file
/// is written.
///
/// Used by one thread at a time.
public final class GgufFileWriter implements FileContent {
    private final GgufWriter header;
    private final List<Content> contents = new ArrayList<>();

    private record Content(StorageType type, long elements, FloatSource source) {}

    /// @param header what the file says of itself; it is given the tensors
    public GgufFileWriter(GgufWriter header) {
        this.header = header;
    }

    /// Adds a tensor whose floats are asked for while the file is written, and rounded to `type`.
    ///
    /// @param type F32, F16, BF16, Q8_0 or Q4_0
    /// @param shape dimensions from the outermost to the innermost
    public void tensor(String name, StorageType type, List<Long> shape, FloatSource source) {
        header.tensor(name, ggufType(type), shape);
        contents.add(new Content(type, StorageType.elements(shape), source));
    }

    private static GgufType ggufType(StorageType type) {
        return switch (type) {
            case F32 -> GgufType.F32;
            case F16 -> GgufType.F16;
            case BF16 -> GgufType.BF16;
            case Q8_0 -> GgufType.Q8_0;
            case Q4_0 -> GgufType.Q4_0;
            default ->
                    throw new IllegalArgumentException(
                            "floats are written as F32, F16, BF16, Q8_0 or Q4_0, not as " + type);
        };
    }

    /// Writes the file, forces it to disk and puts it in place of what stood there, or leaves that
    /// untouched.
    public void write(Path path) throws IOException {
        try (var file = AtomicFile.begin(path)) {
            writeTo(file.output());
            file.commit();
        }
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        var out = new TensorOutput(channel);
        byte[] start = header.header();
        out.write(MemorySegment.ofArray(start));
        long written = start.length;
        List<GgufTensor> tensors = header.tensors();
        for (int i = 0; i < tensors.size(); i++) {
            GgufTensor tensor = tensors.get(i);
            written = pad(out, written, tensor.begin());
            Content content = contents.get(i);
            out.write(content.type, content.elements, content.source);
            written += tensor.byteSize();
        }
        pad(
                out,
                written,
                Math.ceilDiv(written, (long) GgufWriter.ALIGNMENT) * GgufWriter.ALIGNMENT);
        out.flush();
    }

    private static long pad(TensorOutput out, long from, long to) throws IOException {
        out.write(MemorySegment.ofArray(new byte[Math.toIntExact(to - from)]));
        return to;
    }
}
