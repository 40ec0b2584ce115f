package io.tornadogpt.gguf;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Files whose lengths, counts and places lie.
class HostileFileTest {
    private static final int SEED = 20_261;
    private static final int MUTANTS = 400;

    /// Where things stand in [#plain]: magic, version, two counts; then a key, its type and value.
    private static final int VERSION = 4;

    private static final int TENSORS = 8;
    private static final int KEYS = 16;
    private static final int KEY_LENGTH = 24;
    private static final int VALUE_TYPE = KEY_LENGTH + 8 + 17;
    private static final int ALIGNMENT = VALUE_TYPE + 4;
    private static final int NAME_LENGTH = ALIGNMENT + 4;
    private static final int DIMENSIONS = NAME_LENGTH + 8 + 1;
    private static final int COLUMNS = DIMENSIONS + 4;
    private static final int ROWS = COLUMNS + 8;
    private static final int TYPE = ROWS + 8;
    private static final int OFFSET = TYPE + 4;

    @TempDir Path folder;

    /// One key, `general.alignment`, and one tensor `t` of 2 x 8 numbers.
    private static byte[] plain() {
        GgufWriter writer =
                new GgufWriter()
                        .integer("general.alignment", 32)
                        .tensor("t", GgufType.F32, List.of(2L, 8L));
        byte[] header = writer.header();
        return Arrays.copyOf(header, header.length + 64);
    }

    private String refusal(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("hostile.gguf"), bytes);
        return String.valueOf(
                assertThrows(GgufException.class, () -> GgufHeader.read(file)).getMessage());
    }

    @Test
    void thePlainFileIsRead() throws IOException {
        Path file = Files.write(folder.resolve("plain.gguf"), plain());
        assertTrue(GgufHeader.read(file).tensors().getFirst().name().equals("t"));
    }

    @ParameterizedTest
    @CsvSource({
        "4, 4, 1, the version is 1; supported: 2 and 3",
        "4, 4, 50331648, stored with the highest byte first",
        "8, 8, -1, the number of tensors is 18446744073709551615",
        "8, 8, 9223372036854775807, at most 16384 are read",
        "16, 8, 4611686018427387904, the number of keys is 4611686018427387904",
        "24, 8, 9223372036854775807, has a string of 9223372036854775807 bytes",
        "24, 8, 4096, 'needs 4096 bytes, but only'",
        "49, 4, 77, has type 77; types go from 0 to 12",
        "53, 4, 0, general.alignment is 0; expected a power of two",
        "53, 4, 48, general.alignment is 48; expected a power of two",
        "53, 4, -2147483648, expected a power of two up to 1048576",
        "57, 8, -9223372036854775808, has a string of 9223372036854775808 bytes",
        "66, 4, 5, tensor 't' has 5 dimensions; at most 4 are read",
        "66, 4, -1, tensor 't' has 4294967295 dimensions",
        "70, 8, 0, tensor 't' has a dimension of 0",
        "70, 8, -8, tensor 't' has a dimension of 18446744073709551608",
        "70, 8, 4611686018427387904, 'which no file holds'",
        "70, 8, 1073741824, 'takes 8589934592 bytes'",
        "78, 8, 9223372036854775807, 'which no file holds'",
        "86, 4, 5, tensor 't' has the unknown type 5",
        "86, 4, 12, 'rows of 8 elements, which blocks of Q4_K, 256 elements each, do not fill'",
        "90, 8, 16, 'which is no multiple of 32'",
        "90, 8, -32, 'begins at byte 18446744073709551584 of the data'",
        "90, 8, 9223372036854775776, 'from byte 9223372036854775776 of the data on, which has 64'"
    })
    void fieldThatLiesIsRefusedByItsName(int at, int size, long value, String told)
            throws IOException {
        byte[] bytes = plain();
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (size == 4) {
            buffer.putInt(at, (int) value);
        } else {
            buffer.putLong(at, value);
        }
        String message = refusal(bytes);
        assertTrue(message.contains(told), message);
    }

    /// The rows above name places by their numbers, which these are.
    @Test
    void placesAreWhereTheRowsSay() {
        assertTrue(
                List.of(VERSION, TENSORS, KEYS, KEY_LENGTH, VALUE_TYPE, ALIGNMENT, NAME_LENGTH)
                        .equals(List.of(4, 8, 16, 24, 49, 53, 57)));
        assertTrue(
                List.of(DIMENSIONS, COLUMNS, ROWS, TYPE, OFFSET)
                        .equals(List.of(66, 70, 78, 86, 90)));
    }

    @Test
    void tensorsThatOverlapAreRefused() throws IOException {
        GgufWriter writer =
                new GgufWriter()
                        .tensor("t", GgufType.F32, List.of(8L))
                        .tensor("u", GgufType.F32, List.of(8L));
        byte[] header = writer.header();
        byte[] bytes = Arrays.copyOf(header, header.length + 64);
        int second = 24 + 2 * (8 + 1 + 4 + 8 + 4 + 8) - 8;
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(second, 0);
        assertTrue(refusal(bytes).contains("tensor 'u' overlaps tensor 't'"), refusal(bytes));
    }

    @Test
    void everyShorterFileIsRefused() throws IOException {
        byte[] all = plain();
        for (int length = 0; length < all.length; length++) {
            refusal(Arrays.copyOf(all, length));
        }
    }

    @Test
    void listsOfListsAndEndlessListsAreRefused() throws IOException {
        byte[] bytes = new GgufWriter().integers("k", 1, 2).header();
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int elementType = 24 + 8 + 1 + 4;
        buffer.putInt(elementType, ValueType.ARRAY.number());
        assertTrue(refusal(bytes).contains("is a list of lists"), refusal(bytes));
        buffer.putInt(elementType, ValueType.STRING.number());
        buffer.putLong(elementType + 4, Long.MAX_VALUE);
        assertTrue(refusal(bytes).contains("has 9223372036854775807 elements"), refusal(bytes));
    }

    /// Whatever a file holds, it is read or refused.
    @Test
    void damagedFilesAreReadOrRefused() throws IOException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        byte[] golden = Files.readAllBytes(GoldenFileTest.golden());
        Path file = folder.resolve("mutant.gguf");
        int refused = 0;
        for (int mutant = 0; mutant < MUTANTS; mutant++) {
            byte[] bytes = golden.clone();
            for (int change = random.nextInt(1, 4); change > 0; change--) {
                bytes[random.nextInt(1000)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try {
                GgufHeader header = GgufHeader.read(file);
                for (GgufTensor tensor : header.tensors()) {
                    assertTrue(tensor.end() <= bytes.length, "a tensor beyond the file");
                }
            } catch (GgufException e) {
                refused++;
            } catch (RuntimeException | OutOfMemoryError e) {
                fail("mutant " + mutant + " of seed " + SEED, e);
            }
        }
        assertTrue(refused > MUTANTS / 4, refused + " of " + MUTANTS + " were refused");
    }
}
