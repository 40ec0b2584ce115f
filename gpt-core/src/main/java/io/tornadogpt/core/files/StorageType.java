package io.tornadogpt.core.files;

import io.tornadogpt.core.tensor.DType;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How the elements of a tensor are stored in a file, under the names that the format gives them:
/// the `dtype` of a safetensors header, the `type` of a tensor in a GGUF file.
///
/// The list is that of the reference implementation (safetensors 0.8), and the blocks of GGUF files
/// that programs can hold. All of them can be listed and their bytes read; [#isFloat()] and
/// [#isInteger()] tell which ones become Java numbers.
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
    U64(64),
    /// Blocks of 32 numbers, as [DType#Q8_0] has them; no type of safetensors.
    Q8_0(DType.Q8_0),
    /// Blocks of 32 numbers, as [DType#Q4_0] has them; no type of safetensors.
    Q4_0(DType.Q4_0),
    /// Other blocks of GGUF files, which are read as numbers.
    Q4_1(32, 20),
    Q5_0(32, 22),
    Q5_1(32, 24),
    Q4_K(256, 144),
    Q5_K(256, 176),
    Q6_K(256, 210);

    private static final Map<String, StorageType> BY_NAME =
            Stream.of(values())
                    .filter(type -> type.blockElements == 1)
                    .collect(Collectors.toMap(StorageType::name, Function.identity()));

    private final int bits;
    private final int blockElements;

    StorageType(int bits) {
        this.bits = bits;
        this.blockElements = 1;
    }

    StorageType(DType blocks) {
        this.bits = blocks.blockBytes() * Byte.SIZE;
        this.blockElements = blocks.blockElements();
    }

    StorageType(int blockElements, int blockBytes) {
        this.bits = blockBytes * Byte.SIZE;
        this.blockElements = blockElements;
    }

    /// How files store what a program holds as that type.
    public static StorageType of(DType type) {
        return switch (type) {
            case F32 -> F32;
            case BF16 -> BF16;
            case Q8_0 -> Q8_0;
            case Q4_0 -> Q4_0;
            case I32 -> I32;
        };
    }

    /// The type of that name in a header, or null where the format has none.
    static @Nullable StorageType named(String dtype) {
        return BY_NAME.get(dtype);
    }

    /// Bits of one element, or of a block where elements are stored in blocks; less than eight for
    /// the microscaling formats.
    public int bits() {
        return bits;
    }

    /// Elements that are stored together.
    public int blockElements() {
        return blockElements;
    }

    /// Whether [TensorSource] reads it as `float` and `double`.
    public boolean isFloat() {
        return switch (this) {
            case F16, BF16, F32, F64, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
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
    ///   inside a byte or a block
    long bytes(long elements) {
        if (elements % blockElements != 0) {
            throw new ArithmeticException(
                    elements + " elements end inside a block of " + blockElements);
        }
        long total = Math.multiplyExact(elements / blockElements, bits);
        if (total % 8 != 0) {
            throw new ArithmeticException(
                    elements + " elements of " + bits + " bits end inside a byte");
        }
        return total / 8;
    }
}
