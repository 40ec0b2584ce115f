package io.tornadogpt.core.files;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How the elements of a tensor are stored in a file: the `dtype` of a safetensors header, under
/// the names that the format gives them.
///
/// The list is that of the reference implementation (safetensors 0.8). All of them can be listed
/// and their bytes read; [#isFloat()] and [#isInteger()] tell which ones become Java numbers.
public enum StorageType {
    /// One byte, 0 or 1.
    BOOL(8),
    /// Microscaling 4-bit float, two to a byte.
    F4(4),
    /// Microscaling 6-bit floats, four to three bytes.
    F6_E2M3(6),
    F6_E3M2(6),
    U8(8),
    I8(8),
    F8_E5M2(8),
    F8_E4M3(8),
    F8_E8M0(8),
    F8_E4M3FNUZ(8),
    F8_E5M2FNUZ(8),
    I16(16),
    U16(16),
    /// IEEE 754 half precision.
    F16(16),
    /// The upper half of an F32.
    BF16(16),
    I32(32),
    U32(32),
    F32(32),
    /// Two F32: real part, imaginary part.
    C64(64),
    F64(64),
    I64(64),
    U64(64);

    private static final Map<String, StorageType> BY_NAME =
            Stream.of(values()).collect(Collectors.toMap(StorageType::name, Function.identity()));

    private final int bits;

    StorageType(int bits) {
        this.bits = bits;
    }

    /// The type of that name in a header, or null where the format has none.
    static @Nullable StorageType named(String dtype) {
        return BY_NAME.get(dtype);
    }

    /// Bits of one element; less than eight for the microscaling formats.
    public int bits() {
        return bits;
    }

    /// Whether [TensorSource] reads it as `float` and `double`.
    public boolean isFloat() {
        return switch (this) {
            case F16, BF16, F32, F64 -> true;
            default -> false;
        };
    }

    /// Whether [TensorSource] reads it as `long`.
    public boolean isInteger() {
        return switch (this) {
            case BOOL, U8, I8, U16, I16, U32, I32, I64 -> true;
            default -> false;
        };
    }

    /// Elements of a tensor of that shape, multiplied in order from the first dimension; 1 for the
    /// shape `[]` of a scalar.
    ///
    /// @throws ArithmeticException where the product does not fit in 63 bits
    static long elements(List<Long> shape) {
        long elements = 1;
        for (long dimension : shape) {
            elements = Math.multiplyExact(elements, dimension);
        }
        return elements;
    }

    /// Bytes of that many elements.
    ///
    /// @throws ArithmeticException where the size does not fit in 63 bits, or the last element ends
    ///   inside a byte
    long bytes(long elements) {
        long total = Math.multiplyExact(elements, bits);
        if (total % 8 != 0) {
            throw new ArithmeticException(
                    elements + " elements of " + bits + " bits end inside a byte");
        }
        return total / 8;
    }
}
