package io.tornadogpt.gguf;

import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/// What a file says of itself, by keys such as `llama.block_count`. A value of another type than is
/// asked for is an error that names the key.
///
/// Immutable, so that threads may share it.
public final class GgufMetadata {
    private static final String REMEDY = "use a file that a current converter has written";

    private final Path file;
    private final Map<String, Object> values;

    /// @param values [Long], [BigInteger] where that is too small, [Float], [Double], [Boolean],
    ///   [String] or [Elements]
    GgufMetadata(Path file, Map<String, Object> values) {
        this.file = file;
        this.values = values;
    }

    /// An array as it stands in the file, known to hold as many elements as it says.
    ///
    /// @param type of the elements
    /// @param count of them
    /// @param bytes of all of them
    record Elements(ValueType type, int count, byte[] bytes) {}

    /// The file.
    public Path file() {
        return file;
    }

    /// All keys, in the order of the file.
    public Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /// Whether there is such a key.
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /// A string, null where the key is missing.
    public @Nullable String text(String key) throws GgufException {
        return switch (values.get(key)) {
            case null -> null;
            case String text -> text;
            case Object other -> throw wrong(key, other, "a string");
        };
    }

    /// A whole number, empty where the key is missing.
    public OptionalLong integer(String key) throws GgufException {
        return switch (values.get(key)) {
            case null -> OptionalLong.empty();
            case Long number -> OptionalLong.of(number);
            case Object other -> throw wrong(key, other, "a whole number below 2^63");
        };
    }

    /// A number, empty where the key is missing. One of single precision is the shortest decimal
    /// fraction that rounds to it: what the file's writer had.
    public OptionalDouble number(String key) throws GgufException {
        return switch (values.get(key)) {
            case null -> OptionalDouble.empty();
            case Float number -> OptionalDouble.of(Double.parseDouble(Float.toString(number)));
            case Double number -> OptionalDouble.of(number);
            case Long number -> OptionalDouble.of(number);
            case Object other -> throw wrong(key, other, "a number");
        };
    }

    /// True or false.
    ///
    /// @param otherwise where the key is missing
    public boolean flag(String key, boolean otherwise) throws GgufException {
        return switch (values.get(key)) {
            case null -> otherwise;
            case Boolean flag -> flag;
            case Object other -> throw wrong(key, other, "true or false");
        };
    }

    /// Whether a key has a list rather than one value.
    public boolean isList(String key) {
        return values.get(key) instanceof Elements;
    }

    /// A list of strings, null where the key is missing.
    public @Nullable List<String> texts(String key) throws GgufException {
        return switch (values.get(key)) {
            case null -> null;
            case Elements elements when elements.type == ValueType.STRING -> strings(key, elements);
            case Object other -> throw wrong(key, other, "a list of strings");
        };
    }

    private List<String> strings(String key, Elements elements) throws GgufException {
        var texts = new ArrayList<String>(elements.count);
        ByteBuffer in = ByteBuffer.wrap(elements.bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < elements.count; i++) {
            int length = (int) in.getLong();
            ByteBuffer text = in.slice(in.position(), length);
            try {
                texts.add(StandardCharsets.UTF_8.newDecoder().decode(text).toString());
            } catch (CharacterCodingException e) {
                throw new GgufException(file, key + "[" + i + "]", "is not UTF-8", REMEDY, e);
            }
            in.position(in.position() + length);
        }
        return texts;
    }

    /// A list of whole numbers, or of true and false as 1 and 0; null where the key is missing.
    public long @Nullable [] integers(String key) throws GgufException {
        return switch (values.get(key)) {
            case null -> null;
            case Elements elements when elements.type.isInteger() -> integers(elements);
            case Object other -> throw wrong(key, other, "a list of whole numbers");
        };
    }

    private static long[] integers(Elements elements) {
        var numbers = new long[elements.count];
        ByteBuffer in = ByteBuffer.wrap(elements.bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] =
                    switch (elements.type) {
                        case UINT8, BOOL -> Byte.toUnsignedLong(in.get());
                        case INT8 -> in.get();
                        case UINT16 -> Short.toUnsignedLong(in.getShort());
                        case INT16 -> in.getShort();
                        case UINT32 -> Integer.toUnsignedLong(in.getInt());
                        case INT32 -> in.getInt();
                        default -> in.getLong();
                    };
        }
        return numbers;
    }

    /// A list of numbers of single precision, null where the key is missing.
    public float @Nullable [] numbers(String key) throws GgufException {
        return switch (values.get(key)) {
            case null -> null;
            case Elements elements when elements.type == ValueType.FLOAT32 -> {
                var numbers = new float[elements.count];
                ByteBuffer.wrap(elements.bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(numbers);
                yield numbers;
            }
            case Object other -> throw wrong(key, other, "a list of numbers");
        };
    }

    private GgufException wrong(String key, Object value, String expected) {
        String shown =
                switch (value) {
                    case String text -> GgufException.quote(text);
                    case Elements elements -> "a list of " + elements.count + " " + elements.type;
                    default -> value.toString();
                };
        return bad(key, "is " + shown + "; expected " + expected);
    }

    /// An exception that names the file and a key of it.
    ///
    /// @param problem what is wrong with its value, as the rest of a sentence
    public GgufException bad(String key, String problem) {
        return new GgufException(file, key, problem, REMEDY);
    }
}
