package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Valid files, damaged in seeded ways: each opens or is refused by a [ModelFileException], takes
/// no more heap than twice its size and 16 MiB, and what opens can be read to its last byte.
/// `-Dtornadogpt.mutants=20000` tries more.
final class SafetensorsMutantTest {
    private static final int MUTANTS = Integer.getInteger("tornadogpt.mutants", 4_000);
    private static final long SEED = 20_240_520;
    private static final long ALLOWANCE = 16 << 20;
    private static final String[] WORDS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u0000",
        "\\ud800",
        "null",
        "true",
        "-1",
        "1e9",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "0",
        "00",
        " ",
        "\"dtype\"",
        "\"shape\"",
        "\"data_offsets\"",
        "\"__metadata__\"",
        "F64",
        "F4",
        "BF16",
        "[0,0]",
        "{}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
    };

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir Path directory;

    @Test
    void mutantsAreReadOrRefusedWithinBounds() throws IOException {
        List<byte[]> originals = originals();
        Path path = directory.resolve("mutant.safetensors");
        int opened = 0;
        int refused = 0;
        for (int i = 0; i < MUTANTS; i++) {
            var random = new Random(SEED + i);
            byte[] mutant = mutate(originals.get(i % originals.size()), random);
            Files.write(path, mutant);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            try (var file = SafetensorsFile.open(path)) {
                readAll(file);
                opened++;
            } catch (ModelFileException e) {
                refused++;
            } catch (IOException | RuntimeException | Error e) {
                fail("seed " + (SEED + i) + ": " + e, e);
            }
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            assertTrue(
                    allocated <= 2L * mutant.length + ALLOWANCE,
                    "seed %d: %d bytes allocated for a file of %d"
                            .formatted(SEED + i, allocated, mutant.length));
        }
        // Both ends are exercised: damage to the data is not the format's to find.
        assertTrue(opened > MUTANTS / 100, "opened " + opened);
        assertTrue(refused > MUTANTS / 2, "refused " + refused);
    }

    /// Files made to cost as much heap as the limits permit.
    @Test
    void headersFullOfSmallThingsStayWithinBounds() throws IOException {
        var tensors = new StringBuilder("{");
        for (int i = 0; i < StrictJson.MOST_TENSORS; i++) {
            tensors.append(
                    "\"%x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},".formatted(i));
        }
        tensors.setCharAt(tensors.length() - 1, '}');
        String sizes = ",200".repeat(63);
        var dimensions = new StringBuilder("{");
        for (int i = 0; i < 10_000; i++) {
            dimensions.append(
                    "\"%x\":{\"dtype\":\"U8\",\"shape\":[0%s],\"data_offsets\":[0,0]},"
                            .formatted(i, sizes));
        }
        dimensions.setCharAt(dimensions.length() - 1, '}');
        String text = "x".repeat(StrictJson.LONGEST_METADATA - 1);
        List<String> headers =
                List.of(
                        tensors.toString(),
                        dimensions.toString(),
                        "{\"__metadata__\":{\"\":\"" + text + "\"}}",
                        "{\"__metadata__\":{\"\":\"\u00e9" + text.substring(1) + "\"}}",
                        "{\"__metadata__\":{\"\":\"" + text + text + "\"}}",
                        "{\"" + text.repeat(8) + "\":1}",
                        "{\"a\":{\"" + text.repeat(8) + "\":1}}",
                        "{" + " ".repeat(50_000_000) + "}");
        for (String header : headers) {
            byte[] bytes = HandMade.file(header, 0).bytes();
            Path path = Files.write(directory.resolve("heavy.safetensors"), bytes);
            long before = THREADS.getCurrentThreadAllocatedBytes();
            try (var file = SafetensorsFile.open(path)) {
                readAll(file);
            } catch (ModelFileException e) {
                // Refused is as good.
            }
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            assertTrue(
                    allocated <= 2L * bytes.length + ALLOWANCE,
                    "%s...: %d bytes allocated for a file of %d"
                            .formatted(header.substring(0, 40), allocated, bytes.length));
        }
    }

    private static void readAll(SafetensorsFile file) throws ModelFileException {
        long sum = 0;
        for (StoredTensor tensor : file.tensors()) {
            var bytes = file.bytes(tensor.name());
            for (long i = 0; i < bytes.byteSize(); i++) {
                sum += bytes.get(ValueLayout.JAVA_BYTE, i);
            }
            if (tensor.type().isFloat()) {
                sum += file.floats(tensor.name()).length;
            } else if (tensor.type().isInteger()) {
                sum += file.longs(tensor.name()).length;
            }
        }
        assertTrue(sum > Long.MIN_VALUE);
    }

    private static List<byte[]> originals() throws IOException {
        List<byte[]> originals = new ArrayList<>();
        try (var in = SafetensorsFileTest.class.getResourceAsStream("golden.safetensors")) {
            originals.add(in.readAllBytes());
        }
        originals.add(HandMade.file("{}", 0).bytes());
        originals.add(
                HandMade.file(
                                """
                                {"__metadata__":{"format":"pt"},
                                "wte":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
                                "b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}\
                                """,
                                32)
                        .bytes());
        return originals;
    }

    private static byte[] mutate(byte[] original, Random random) {
        byte[] mutant = original;
        for (int rounds = 1 + random.nextInt(3); rounds > 0; rounds--) {
            mutant =
                    switch (random.nextInt(8)) {
                        case 0 -> flipBit(mutant, random);
                        case 1 -> setByte(mutant, random);
                        case 2 -> Arrays.copyOf(mutant, random.nextInt(mutant.length + 1));
                        case 3 -> Arrays.copyOf(mutant, mutant.length + random.nextInt(40));
                        case 4 -> setLength(mutant, random);
                        case 5 -> insertWord(mutant, random);
                        case 6 -> changeDigit(mutant, random);
                        default -> repeatPart(mutant, random);
                    };
        }
        return mutant;
    }

    private static byte[] flipBit(byte[] bytes, Random random) {
        byte[] mutant = bytes.clone();
        if (mutant.length > 0) {
            mutant[random.nextInt(mutant.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return mutant;
    }

    private static byte[] setByte(byte[] bytes, Random random) {
        byte[] mutant = bytes.clone();
        if (mutant.length > 0) {
            mutant[random.nextInt(mutant.length)] = (byte) random.nextInt();
        }
        return mutant;
    }

    private static byte[] setLength(byte[] bytes, Random random) {
        byte[] mutant = Arrays.copyOf(bytes, Math.max(8, bytes.length));
        var buffer = ByteBuffer.wrap(mutant).order(ByteOrder.LITTLE_ENDIAN);
        long length = buffer.getLong(0);
        buffer.putLong(
                0,
                switch (random.nextInt(4)) {
                    case 0 -> length + random.nextInt(33) - 16;
                    case 1 -> random.nextLong();
                    case 2 -> random.nextInt(2 * mutant.length);
                    default -> 1L << random.nextInt(64);
                });
        return mutant;
    }

    /// Keeps the length field right, so that the damage reaches the parser.
    private static byte[] insertWord(byte[] bytes, Random random) {
        byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.US_ASCII);
        return insert(bytes, header(bytes, random), word);
    }

    private static byte[] changeDigit(byte[] bytes, Random random) {
        byte[] mutant = bytes.clone();
        for (int tries = 0; tries < 200 && mutant.length > 8; tries++) {
            int at = random.nextInt(mutant.length);
            if (mutant[at] >= '0' && mutant[at] <= '9') {
                mutant[at] = (byte) ('0' + random.nextInt(10));
                break;
            }
        }
        return mutant;
    }

    private static byte[] repeatPart(byte[] bytes, Random random) {
        int from = header(bytes, random);
        int to = header(bytes, random);
        return from < to ? insert(bytes, to, Arrays.copyOfRange(bytes, from, to)) : bytes;
    }

    /// A place in the header of a file that may be damaged already.
    private static int header(byte[] bytes, Random random) {
        if (bytes.length <= 8) {
            return bytes.length;
        }
        long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        return 8 + random.nextInt(Math.clamp(length, 1, bytes.length - 8) + 1) % (bytes.length - 8);
    }

    private static byte[] insert(byte[] bytes, int at, byte[] inserted) {
        byte[] mutant = new byte[bytes.length + inserted.length];
        var buffer = ByteBuffer.wrap(mutant).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(bytes, 0, at).put(inserted).put(bytes, at, bytes.length - at);
        if (mutant.length >= 8) {
            buffer.putLong(0, buffer.getLong(0) + inserted.length);
        }
        return mutant;
    }
}
