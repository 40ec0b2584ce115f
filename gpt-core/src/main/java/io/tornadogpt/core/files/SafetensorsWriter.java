package io.tornadogpt.core.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes a `.safetensors` file: tensors in the order in which they were given, one after the
/// other, their bytes from offset 0 on.
///
/// ```
/// new SafetensorsWriter()
///         .metadata("format", "pt")
///         .tensor("wte.weight", StorageType.F32, List.of(vocabulary, channels), bytes)
///         .write(directory.resolve("model.safetensors"));
/// ```
///
/// Equal tensors give equal bytes: metadata is sorted by key, and nothing else enters the file. The
/// header is padded with spaces so that the data begins at a multiple of eight. Contents are pulled
/// from their sources while the file is written, through one buffer.
///
/// Used by one thread at a time.
public final class SafetensorsWriter {
    private static final int ALIGNMENT = 8;
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
                    .build();

    private final Map<String, String> metadata = new TreeMap<>();
    private final Map<String, Content> contents = new LinkedHashMap<>();
    private long size;

    /// Starts with no tensors.
    public SafetensorsWriter() {}

    /// Adds free text. `transformers` wants `format` to be `pt`.
    public SafetensorsWriter metadata(String key, String value) {
        if (metadata.put(requireUnicode(key), requireUnicode(value)) != null) {
            throw new IllegalArgumentException("metadata " + key + " is given twice");
        }
        return this;
    }

    /// Adds a tensor whose bytes are ready: little-endian, in row-major order. They are read when
    /// the file is written.
    public SafetensorsWriter tensor(
            String name, StorageType type, List<Long> shape, MemorySegment bytes) {
        StoredTensor tensor = place(name, type, shape);
        if (tensor.byteSize() != bytes.byteSize()) {
            throw new IllegalArgumentException(
                    "tensor %s: shape %s of %s takes %d bytes, but %d are given"
                            .formatted(name, shape, type, tensor.byteSize(), bytes.byteSize()));
        }
        return add(tensor, out -> out.write(bytes));
    }

    /// Adds a tensor whose floats are asked for while the file is written, and rounded to `type`:
    /// F32, F16, BF16, or Q8_0 or Q4_0. The format has no type for these two: they are written as
    /// U8, a row of bytes for a row of blocks, and [#blocks] says so to who reads the file.
    public SafetensorsWriter tensor(
            String name, StorageType type, List<Long> shape, FloatSource source) {
        switch (type) {
            case F32, F16, BF16 -> {
                StoredTensor tensor = place(name, type, shape);
                return add(tensor, out -> out.write(type, tensor.elements(), source));
            }
            case Q8_0, Q4_0 -> {
                StoredTensor tensor = place(name, StorageType.U8, BlockRows.stored(type, shape));
                long elements = StorageType.elements(shape);
                return add(tensor, out -> writeBlocks(out, name, type, elements, source));
            }
            default ->
                    throw new IllegalArgumentException(
                            "tensor %s: floats are written as F32, F16, BF16, Q8_0 or Q4_0, not as"
                                            .formatted(name)
                                    + " "
                                    + type);
        }
    }

    private static void writeBlocks(
            TensorOutput out, String name, StorageType type, long elements, FloatSource source)
            throws IOException {
        try {
            out.write(type, elements, source);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("tensor %s: %s".formatted(name, e.getMessage()), e);
        }
    }

    /// Says in the metadata that all tensors of U8 are blocks of a type.
    ///
    /// @param type Q8_0 or Q4_0
    public SafetensorsWriter blocks(StorageType type) {
        return metadata(BlockRows.METADATA, type.name());
    }

    /// Writes the file, forces it to disk and puts it in place of what stood there, or leaves that
    /// untouched.
    public void write(Path path) throws IOException {
        try (var file = AtomicFile.begin(path)) {
            writeTo(file.output());
            file.commit();
        }
    }

    /// Writes what the file holds.
    public void writeTo(WritableByteChannel channel) throws IOException {
        var out = new TensorOutput(channel);
        out.write(MemorySegment.ofArray(header()));
        for (Content content : contents.values()) {
            content.bytes.writeTo(out);
        }
        out.flush();
    }

    /// Bytes of the tensors that were added so far.
    public long dataBytes() {
        return size;
    }

    private StoredTensor place(String name, StorageType type, List<Long> shape) {
        if (requireUnicode(name).equals(SafetensorsHeader.METADATA)
                || contents.containsKey(name)
                || name.length() > StrictJson.LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "tensor %s: the name is taken or longer than %d characters"
                            .formatted(BadFileException.quote(name), StrictJson.LONGEST_NAME));
        }
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException(
                        "tensor %s: shape %s has a negative dimension".formatted(name, shape));
            }
        }
        try {
            long bytes = type.bytes(StorageType.elements(shape));
            return new StoredTensor(name, type, shape, size, Math.addExact(size, bytes));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "tensor %s: shape %s of %s has no whole number of bytes below 2^63"
                            .formatted(name, shape, type),
                    e);
        }
    }

    private SafetensorsWriter add(StoredTensor tensor, Bytes bytes) {
        contents.put(tensor.name(), new Content(tensor, bytes));
        size = tensor.end();
        return this;
    }

    /// The length and the header, padded.
    private byte[] header() throws IOException {
        var json = new ByteArrayOutputStream();
        try (var generator = JSON.createGenerator(json)) {
            generator.writeStartObject();
            if (!metadata.isEmpty()) {
                generator.writeObjectFieldStart(SafetensorsHeader.METADATA);
                for (var entry : metadata.entrySet()) {
                    generator.writeStringField(entry.getKey(), entry.getValue());
                }
                generator.writeEndObject();
            }
            for (Content content : contents.values()) {
                StoredTensor tensor = content.tensor;
                generator.writeObjectFieldStart(tensor.name());
                generator.writeStringField("dtype", tensor.type().name());
                generator.writeFieldName("shape");
                writeArray(generator, tensor.shape());
                generator.writeFieldName("data_offsets");
                writeArray(generator, List.of(tensor.begin(), tensor.end()));
                generator.writeEndObject();
            }
            generator.writeEndObject();
        }
        return padded(json.toByteArray());
    }

    private static void writeArray(JsonGenerator generator, List<Long> numbers) throws IOException {
        generator.writeStartArray();
        for (long number : numbers) {
            generator.writeNumber(number);
        }
        generator.writeEndArray();
    }

    private static byte[] padded(byte[] json) {
        int length = Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT;
        if (length > SafetensorsHeader.LONGEST) {
            throw new IllegalArgumentException(
                    "the header would have %d bytes, more than the format's %d; write fewer tensors"
                            .formatted(length, SafetensorsHeader.LONGEST));
        }
        var header = new byte[SafetensorsHeader.LENGTH_BYTES + length];
        Arrays.fill(header, (byte) ' ');
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(json);
        return header;
    }

    private static String requireUnicode(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException(
                    BadFileException.quote(text) + " holds half of a surrogate pair");
        }
        return text;
    }

    private record Content(StoredTensor tensor, Bytes bytes) {}

    private interface Bytes {
        void writeTo(TensorOutput out) throws IOException;
    }
}
