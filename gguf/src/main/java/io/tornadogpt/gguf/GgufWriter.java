package io.tornadogpt.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Makes the header of a GGUF file of version 3, and says where the tensors' bytes go: behind it,
/// in the order in which they were added, each at a multiple of [#ALIGNMENT].
///
/// ```
/// var writer = new GgufWriter().text("general.architecture", "gpt2");
/// writer.tensor("token_embd.weight", GgufType.F32, List.of(50257L, 768L));
/// channel.write(ByteBuffer.wrap(writer.header())); // and then the bytes of writer.tensors()
/// ```
///
/// Used by one thread at a time.
public final class GgufWriter {
    /// What tensors' places are multiples of; between them there are zeros.
    public static final int ALIGNMENT = HeaderReader.ALIGNMENT;

    private static final int VERSION = 3;

    private final Map<String, Consumer<Out>> values = new LinkedHashMap<>();
    private final Map<String, Added> tensors = new LinkedHashMap<>();
    private long dataBytes;

    private record Added(GgufType type, List<Long> shape, long offset, long byteSize) {}

    /// Starts with nothing.
    public GgufWriter() {}

    /// Adds a string.
    public GgufWriter text(String key, String value) {
        return value(key, ValueType.STRING, out -> out.text(value));
    }

    /// Adds a whole number from 0 to 2^32 - 1.
    public GgufWriter integer(String key, long value) {
        if (value < 0 || value > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException(
                    "%s is %d; expected 0 to 2^32 - 1".formatted(key, value));
        }
        return value(key, ValueType.UINT32, out -> out.integer((int) value));
    }

    /// Adds a number, rounded to single precision.
    public GgufWriter number(String key, double value) {
        int bits = Float.floatToRawIntBits((float) value);
        return value(key, ValueType.FLOAT32, out -> out.integer(bits));
    }

    /// Adds true or false.
    public GgufWriter flag(String key, boolean value) {
        return value(key, ValueType.BOOL, out -> out.octet(value ? 1 : 0));
    }

    /// Adds a list of strings.
    public GgufWriter texts(String key, List<String> all) {
        List<String> copy = List.copyOf(all);
        return value(
                key,
                ValueType.ARRAY,
                out -> {
                    out.list(ValueType.STRING, copy.size());
                    copy.forEach(out::text);
                });
    }

    /// Adds a list of whole numbers of 32 bits.
    public GgufWriter integers(String key, int... all) {
        int[] copy = all.clone();
        return value(
                key,
                ValueType.ARRAY,
                out -> {
                    out.list(ValueType.INT32, copy.length);
                    for (int value : copy) {
                        out.integer(value);
                    }
                });
    }

    /// Adds a list of numbers of single precision.
    public GgufWriter numbers(String key, float... all) {
        float[] copy = all.clone();
        return value(
                key,
                ValueType.ARRAY,
                out -> {
                    out.list(ValueType.FLOAT32, copy.length);
                    for (float value : copy) {
                        out.integer(Float.floatToRawIntBits(value));
                    }
                });
    }

    private GgufWriter value(String key, ValueType type, Consumer<Out> value) {
        Consumer<Out> typed =
                out -> {
                    out.integer(type.number());
                    value.accept(out);
                };
        if (values.put(key, typed) != null) {
            throw new IllegalArgumentException(key + " is given twice");
        }
        return this;
    }

    /// Adds a tensor behind those that were added before.
    ///
    /// @param shape dimensions from the outermost to the innermost
    /// @throws IllegalArgumentException where blocks of the type do not fill its rows
    public GgufWriter tensor(String name, GgufType type, List<Long> shape) {
        long columns = shape.isEmpty() ? 1 : shape.getLast();
        if (columns % type.blockElements() != 0) {
            throw new IllegalArgumentException(
                    "%s has rows of %d elements, which blocks of %s, %d elements each, do not fill"
                            .formatted(name, columns, type, type.blockElements()));
        }
        long elements = shape.stream().reduce(1L, Math::multiplyExact);
        var tensor = new Added(type, List.copyOf(shape), dataBytes, type.bytes(elements));
        if (tensors.put(name, tensor) != null) {
            throw new IllegalArgumentException("tensor " + name + " is given twice");
        }
        dataBytes += aligned(tensor.byteSize);
        return this;
    }

    private static long aligned(long size) {
        return Math.ceilDiv(size, (long) ALIGNMENT) * ALIGNMENT;
    }

    /// What the file begins with, padded so that the data can follow.
    public byte[] header() {
        var out = new Out();
        for (byte letter : HeaderReader.MAGIC) {
            out.octet(letter);
        }
        out.integer(VERSION);
        out.longInteger(tensors.size());
        out.longInteger(values.size());
        values.forEach(
                (key, value) -> {
                    out.text(key);
                    value.accept(out);
                });
        tensors.forEach(
                (name, tensor) -> {
                    out.text(name);
                    out.integer(tensor.shape.size());
                    var dimensions = new ArrayList<>(tensor.shape);
                    Collections.reverse(dimensions);
                    dimensions.forEach(out::longInteger);
                    out.integer(tensor.type.number());
                    out.longInteger(tensor.offset);
                });
        while (out.size() % ALIGNMENT != 0) {
            out.octet(0);
        }
        return out.toByteArray();
    }

    /// The tensors that were added, and where their bytes go in the file.
    public List<GgufTensor> tensors() {
        long dataStart = header().length;
        var placed = new ArrayList<GgufTensor>();
        tensors.forEach(
                (name, tensor) ->
                        placed.add(
                                new GgufTensor(
                                        name,
                                        tensor.type,
                                        tensor.shape,
                                        dataStart + tensor.offset,
                                        tensor.byteSize)));
        return placed;
    }

    /// Bytes, the lowest of a number first.
    private static final class Out extends ByteArrayOutputStream {
        void octet(int value) {
            write(value);
        }

        void integer(int value) {
            writeBytes(
                    ByteBuffer.allocate(Integer.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putInt(value)
                            .array());
        }

        void longInteger(long value) {
            writeBytes(
                    ByteBuffer.allocate(Long.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(value)
                            .array());
        }

        void text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            longInteger(utf8.length);
            writeBytes(utf8);
        }

        void list(ValueType type, int count) {
            integer(type.number());
            longInteger(count);
        }
    }
}
