package io.tornadogpt.gguf;

import org.jspecify.annotations.Nullable;

/// The type of a metadata value.
enum ValueType {
    UINT8(0, 1),
    INT8(1, 1),
    UINT16(2, 2),
    INT16(3, 2),
    UINT32(4, 4),
    INT32(5, 4),
    FLOAT32(6, 4),
    BOOL(7, 1),
    STRING(8, 8),
    ARRAY(9, 12),
    UINT64(10, 8),
    INT64(11, 8),
    FLOAT64(12, 8);

    private final int number;
    private final int bytes;

    ValueType(int number, int bytes) {
        this.number = number;
        this.bytes = bytes;
    }

    static @Nullable ValueType of(long number) {
        for (ValueType type : values()) {
            if (type.number == number) {
                return type;
            }
        }
        return null;
    }

    /// The number in files.
    int number() {
        return number;
    }

    /// Bytes that a value takes at least.
    int bytes() {
        return bytes;
    }

    /// Whether values are whole numbers, or true and false.
    boolean isInteger() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, BOOL -> true;
            case FLOAT32, FLOAT64, STRING, ARRAY -> false;
        };
    }
}
