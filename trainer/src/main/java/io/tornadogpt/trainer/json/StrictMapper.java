package io.tornadogpt.trainer.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;

import java.io.IOException;

/// Jackson, set to refuse what a reader of our own files must not guess: unknown and repeated keys,
/// missing numbers, numbers in quotes, fractions for whole numbers, anything behind the end.
public final class StrictMapper {
    /// The one mapper; immutable.
    public static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                    .withCoercionConfig(
                            LogicalType.Float,
                            // "NaN" and "Infinity" are how JSON spells those two.
                            c ->
                                    c.setCoercion(
                                            CoercionInputShape.String, CoercionAction.TryConvert))
                    .build();

    private StrictMapper() {}

    /// Reads a whole document as a value that is not null.
    public static <T> T read(byte[] json, Class<T> type) throws IOException {
        T value = JSON.readValue(json, type);
        if (value == null) {
            throw MismatchedInputException.from(null, type, "null where an object belongs");
        }
        return value;
    }

    /// What is wrong, in one line: the message of the constructor that refused a value, or
    /// Jackson's.
    public static String reason(JsonProcessingException e) {
        Throwable cause = e.getCause();
        String reason =
                cause instanceof IllegalArgumentException && cause.getMessage() != null
                        ? cause.getMessage()
                        : e.getOriginalMessage();
        return reason.lines().findFirst().orElse("");
    }
}
