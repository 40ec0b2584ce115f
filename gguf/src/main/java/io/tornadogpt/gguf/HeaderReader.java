package io.tornadogpt.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads a header from the bytes of a file, each step checked against the bytes that are left.
final class HeaderReader {
    static final byte[] MAGIC = {'G', 'G', 'U', 'F'};

    static final String ALIGNMENT_KEY = "general.alignment";
    static final int ALIGNMENT = 32;

    private static final int OLDEST = 2;
    private static final int NEWEST = 3;
    private static final int MOST_KEYS = 1 << 16;
    private static final int MOST_TENSORS = 1 << 14;
    private static final int LONGEST_NAME = 1 << 12;
    private static final int LONGEST_TEXT = 64 << 20;
    private static final int MOST_ELEMENTS = 1 << 22;
    private static final long MOST_METADATA = 256L << 20;
    private static final int MOST_DIMENSIONS = 4;
    private static final long LARGEST_ALIGNMENT = 1 << 20;

    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);

    private static final String DAMAGED = "the file is damaged: fetch or export it again";

    private final Path file;
    private final MemorySegment bytes;
    private long at;
    private long metadataBytes;

    HeaderReader(Path file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    GgufHeader read() throws GgufException {
        int version = version();
        long tensors = count("the number of tensors", MOST_TENSORS);
        long keys = count("the number of keys", MOST_KEYS);
        GgufMetadata metadata = metadata(keys);
        long alignment = alignment(metadata);
        var listed = new ArrayList<Listed>();
        var names = new HashSet<String>();
        for (int i = 0; i < tensors; i++) {
            Listed tensor = tensor("tensor " + i);
            if (!names.add(tensor.name)) {
                throw bad("tensor " + GgufException.quote(tensor.name), "is listed twice");
            }
            listed.add(tensor);
        }
        long dataStart = at + (alignment - at % alignment) % alignment;
        return new GgufHeader(version, metadata, placed(listed, dataStart, alignment));
    }

    private int version() throws GgufException {
        require(MAGIC.length + Integer.BYTES, "the header");
        for (byte expected : MAGIC) {
            if (bytes.get(ValueLayout.JAVA_BYTE, at++) != expected) {
                throw new GgufException(
                        file, "the file", "does not begin with GGUF", "name a GGUF file");
            }
        }
        int version = (int) integer(ValueType.INT32);
        if (version < OLDEST || version > NEWEST) {
            boolean other = Integer.reverseBytes(version) == NEWEST;
            throw new GgufException(
                    file,
                    "the version",
                    other
                            ? "is stored with the highest byte first, which is not read"
                            : "is %d; supported: %d and %d".formatted(version, OLDEST, NEWEST),
                    "convert the model again, for machines whose lowest byte comes first");
        }
        return version;
    }

    private long count(String field, int most) throws GgufException {
        require(Long.BYTES, field);
        long count = integer(ValueType.UINT64);
        if (count < 0 || count > most) {
            throw bad(
                    field,
                    "is %s; at most %d are read".formatted(Long.toUnsignedString(count), most));
        }
        return count;
    }

    private GgufMetadata metadata(long keys) throws GgufException {
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < keys; i++) {
            String key = text("key " + i, LONGEST_NAME);
            if (values.put(key, value(GgufException.quote(key))) != null) {
                throw bad(GgufException.quote(key), "stands twice");
            }
        }
        return new GgufMetadata(file, values);
    }

    private Object value(String key) throws GgufException {
        ValueType type = type(key);
        if (type == ValueType.STRING) {
            return text(key, LONGEST_TEXT);
        }
        if (type == ValueType.ARRAY) {
            return array(key);
        }
        require(type.bytes(), key);
        return switch (type) {
            case FLOAT32 -> Float.intBitsToFloat((int) integer(type));
            case FLOAT64 -> Double.longBitsToDouble(integer(type));
            case BOOL -> flag(key);
            case UINT64 -> {
                long value = integer(type);
                yield value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
            }
            default -> integer(type);
        };
    }

    private ValueType type(String key) throws GgufException {
        require(Integer.BYTES, "the type of " + key);
        long number = integer(ValueType.UINT32);
        ValueType type = ValueType.of(number);
        if (type == null) {
            throw bad(
                    key,
                    "has type %d; types go from 0 to %d"
                            .formatted(number, ValueType.values().length - 1));
        }
        return type;
    }

    private boolean flag(String key) throws GgufException {
        long value = integer(ValueType.UINT8);
        if (value > 1) {
            throw bad(key, "is the byte %d; expected 0 or 1".formatted(value));
        }
        return value == 1;
    }

    /// The bytes of an array's elements, once all of them are known to be there.
    private GgufMetadata.Elements array(String key) throws GgufException {
        ValueType type = type(key);
        if (type == ValueType.ARRAY) {
            throw bad(key, "is a list of lists, which is not read");
        }
        require(Long.BYTES, key);
        long count = integer(ValueType.UINT64);
        if (count < 0 || count > MOST_ELEMENTS) {
            throw bad(
                    key,
                    "has %s elements; at most %d are read"
                            .formatted(Long.toUnsignedString(count), MOST_ELEMENTS));
        }
        require(count * type.bytes(), key);
        long begin = at;
        if (type == ValueType.STRING) {
            for (int i = 0; i < count; i++) {
                int length = length(key, LONGEST_TEXT);
                at += length;
            }
        } else {
            at += count * type.bytes();
        }
        budget(key, at - begin);
        byte[] elements = bytes.asSlice(begin, at - begin).toArray(ValueLayout.JAVA_BYTE);
        return new GgufMetadata.Elements(type, (int) count, elements);
    }

    private String text(String field, int longest) throws GgufException {
        int length = length(field, longest);
        budget(field, length);
        MemorySegment text = bytes.asSlice(at, length);
        at += length;
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(text.asByteBuffer()).toString();
        } catch (CharacterCodingException e) {
            throw new GgufException(file, field, "is not UTF-8", DAMAGED, e);
        }
    }

    private int length(String field, int longest) throws GgufException {
        require(Long.BYTES, field);
        long length = integer(ValueType.UINT64);
        if (length < 0 || length > longest) {
            throw bad(
                    field,
                    "has a string of %s bytes; at most %d are read"
                            .formatted(Long.toUnsignedString(length), longest));
        }
        require(length, field);
        return (int) length;
    }

    private void budget(String field, long more) throws GgufException {
        metadataBytes += more;
        if (metadataBytes > MOST_METADATA) {
            throw bad(
                    field,
                    "makes the metadata longer than the %d bytes that are read"
                            .formatted(MOST_METADATA));
        }
    }

    private long alignment(GgufMetadata metadata) throws GgufException {
        long alignment = metadata.integer(ALIGNMENT_KEY).orElse(ALIGNMENT);
        if (alignment < 1 || alignment > LARGEST_ALIGNMENT || Long.bitCount(alignment) != 1) {
            throw bad(
                    ALIGNMENT_KEY,
                    "is %d; expected a power of two up to %d"
                            .formatted(alignment, LARGEST_ALIGNMENT));
        }
        return alignment;
    }

    /// A tensor as it is listed.
    ///
    /// @param offset from the beginning of the data
    private record Listed(
            String name, GgufType type, List<Long> shape, long offset, long byteSize) {}

    private Listed tensor(String place) throws GgufException {
        String name = text("the name of " + place, LONGEST_NAME);
        String field = "tensor " + GgufException.quote(name);
        require(Integer.BYTES, field);
        long dimensions = integer(ValueType.UINT32);
        if (dimensions > MOST_DIMENSIONS) {
            throw bad(
                    field,
                    "has %d dimensions; at most %d are read"
                            .formatted(dimensions, MOST_DIMENSIONS));
        }
        require(dimensions * Long.BYTES + Integer.BYTES + Long.BYTES, field);
        var shape = new ArrayList<Long>();
        for (int i = 0; i < dimensions; i++) {
            long dimension = integer(ValueType.UINT64);
            if (dimension < 1) {
                throw bad(
                        field,
                        "has a dimension of %s; expected 1 to 2^63 - 1"
                                .formatted(Long.toUnsignedString(dimension)));
            }
            shape.addFirst(dimension);
        }
        long number = integer(ValueType.UINT32);
        GgufType type = GgufType.of(number);
        if (type == null) {
            throw bad(field, "has the unknown type %d".formatted(number));
        }
        long offset = integer(ValueType.UINT64);
        return new Listed(name, type, shape, offset, byteSize(field, type, shape));
    }

    private long byteSize(String field, GgufType type, List<Long> shape) throws GgufException {
        long columns = shape.isEmpty() ? 1 : shape.getLast();
        if (columns % type.blockElements() != 0) {
            throw bad(
                    field,
                    "has rows of %d elements, which blocks of %s, %d elements each, do not fill"
                            .formatted(columns, type, type.blockElements()));
        }
        try {
            long elements = 1;
            for (long dimension : shape) {
                elements = Math.multiplyExact(elements, dimension);
            }
            return type.bytes(elements);
        } catch (ArithmeticException e) {
            throw new GgufException(
                    file, field, "has the shape " + shape + ", which no file holds", DAMAGED, e);
        }
    }

    /// Checks where tensors lie: aligned, within the file, and each byte in one of them only.
    private List<GgufTensor> placed(List<Listed> listed, long dataStart, long alignment)
            throws GgufException {
        long dataSize = Math.max(0, bytes.byteSize() - dataStart);
        var tensors = new ArrayList<GgufTensor>();
        for (Listed tensor : listed) {
            String field = "tensor " + GgufException.quote(tensor.name);
            long offset = tensor.offset;
            if (offset < 0 || offset % alignment != 0) {
                throw bad(
                        field,
                        "begins at byte %s of the data, which is no multiple of %d"
                                .formatted(Long.toUnsignedString(offset), alignment));
            }
            if (offset > dataSize || tensor.byteSize > dataSize - offset) {
                throw bad(
                        field,
                        "takes %d bytes from byte %d of the data on, which has %d"
                                .formatted(tensor.byteSize, offset, dataSize));
            }
            tensors.add(
                    new GgufTensor(
                            tensor.name,
                            tensor.type,
                            tensor.shape,
                            dataStart + offset,
                            tensor.byteSize));
        }
        refuseOverlap(tensors);
        return tensors;
    }

    private void refuseOverlap(List<GgufTensor> tensors) throws GgufException {
        List<GgufTensor> ordered =
                tensors.stream().sorted(Comparator.comparingLong(GgufTensor::begin)).toList();
        for (int i = 1; i < ordered.size(); i++) {
            GgufTensor before = ordered.get(i - 1);
            if (ordered.get(i).begin() < before.end()) {
                throw bad(
                        "tensor " + GgufException.quote(ordered.get(i).name()),
                        "overlaps tensor " + GgufException.quote(before.name()));
            }
        }
    }

    /// The next value of a type that has a fixed size, known to be there.
    private long integer(ValueType type) {
        long value =
                switch (type.bytes()) {
                    case 1 -> Byte.toUnsignedLong(bytes.get(ValueLayout.JAVA_BYTE, at));
                    case 2 -> Short.toUnsignedLong(bytes.get(SHORT, at));
                    case 4 -> Integer.toUnsignedLong(bytes.get(INT, at));
                    default -> bytes.get(LONG, at);
                };
        at += type.bytes();
        return switch (type) {
            case INT8 -> (byte) value;
            case INT16 -> (short) value;
            case INT32 -> (int) value;
            default -> value;
        };
    }

    private void require(long count, String field) throws GgufException {
        if (count > bytes.byteSize() - at) {
            throw bad(
                    field,
                    "needs %d bytes, but only %d remain".formatted(count, bytes.byteSize() - at));
        }
    }

    private GgufException bad(String field, String problem) {
        return new GgufException(file, field, problem, DAMAGED);
    }
}
