package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Files that break the format are refused by a sentence that names the field.
final class MalformedSafetensorsTest {
    @TempDir Path directory;

    static Stream<Arguments> malformedFiles() {
        HandMade valid = HandMade.file("{\"a\":" + tensor("F32", "[2]", "[0,8]") + "}", 8);
        String a = tensor("F32", "[1]", "[0,4]");
        return Stream.of(
                // The length.
                refused(
                        "the header's length is 9223372036854775807 bytes",
                        valid.claiming(-1L >>> 1)),
                refused("is 18446744073709551615 bytes, more than", valid.claiming(-1)),
                refused("is 9223372036854775808 bytes, more than", valid.claiming(Long.MIN_VALUE)),
                refused("is 100000001 bytes, more than the 100000000", valid.claiming(100_000_001)),
                refused("is 100000 bytes, but only 62 follow", valid.claiming(100_000)),
                refused("is 0 bytes, but no JSON object follows", valid.claiming(0)),
                refused("is 1 bytes, but no JSON object follows", valid.claiming(1)),
                refused("Unexpected end-of-input", valid.claiming(20)),
                refused("the header is not the JSON", valid.claiming(60)),
                refused("has 8 bytes, too few", new HandMade(0, new byte[0], 0)),
                // JSON.
                refused("no JSON object follows", HandMade.file(" {}", 0)),
                refused("no JSON object follows", HandMade.file("[]", 0)),
                refused("is not the JSON", HandMade.file("{\"a\"}", 0)),
                refused("is not the JSON", HandMade.file("{}x", 0)),
                refused("goes on behind its closing brace", HandMade.file("{}{}", 0)),
                refused("is not the JSON", HandMade.file("{}\0\0", 0)),
                refused("is not the JSON", HandMade.file("{'a':1}", 0)),
                refused("is not UTF-8", latin1("{\"\u00e4\":" + a + "}", 4)),
                refused("is not UTF-8", latin1("{\"\u00ed\u00a0\u0080\":" + a + "}", 4)),
                refused("half of a surrogate pair", HandMade.file("{\"\\ud800\":" + a + "}", 4)),
                refused(
                        "has an array where a string",
                        HandMade.file("{\"a\":{\"dtype\":" + "[".repeat(100_000), 0)),
                refused("unknown key 'a'", HandMade.file("{\"a\":".repeat(100_000), 0)),
                refused(
                        "Name length (5000)",
                        HandMade.file("{\"" + "a".repeat(5000) + "\":" + a + "}", 4)),
                // Entries.
                refused("tensor 'a' stands twice", HandMade.file(twoTensors(a, a), 4)),
                refused("tensor 'a' has a number where an object", HandMade.file("{\"a\":1}", 0)),
                refused("tensor 'a' has null where", HandMade.file("{\"a\":null}", 0)),
                refused("tensor 'a' lacks one of dtype", HandMade.file("{\"a\":{}}", 0)),
                refused("lacks one of", entry("\"dtype\":\"F32\",\"shape\":[]", 4)),
                refused("the key dtype twice", entry("\"dtype\":\"F32\",\"dtype\":\"F32\"", 4)),
                refused("the key shape twice", entry("\"shape\":[1],\"shape\":[1]", 4)),
                refused("unknown key 'strides'", entry("\"strides\":[1]", 4)),
                refused("unknown dtype 'F31'", tensor("F31", "[1]", "[0,4]", 4)),
                refused("unknown dtype 'f32'", tensor("f32", "[1]", "[0,4]", 4)),
                refused("has a number where a string", entry("\"dtype\":32", 4)),
                refused("negative number, -1", tensor("F32", "[-1]", "[0,4]", 4)),
                refused("negative number, -0", tensor("F32", "[-0]", "[0,0]", 0)),
                refused("where a whole number belongs", tensor("F32", "[1.0]", "[0,4]", 4)),
                refused("where a whole number belongs", tensor("F32", "[1e0]", "[0,4]", 4)),
                refused("where a whole number belongs", tensor("F32", "[\"1\"]", "[0,4]", 4)),
                refused("where a whole number belongs", tensor("F32", "[[1]]", "[0,4]", 4)),
                refused("is not the JSON", tensor("F32", "[01]", "[0,4]", 4)),
                refused("is not the JSON", tensor("F32", "[NaN]", "[0,4]", 4)),
                refused("beyond 2^63-1", tensor("F32", "[9223372036854775808]", "[0,4]", 4)),
                refused("more than 64 numbers", tensor("F32", ones(65), "[0,4]", 4)),
                refused("more than 2 numbers", tensor("F32", "[1]", "[0,4,4]", 4)),
                refused("needs two data_offsets", tensor("F32", "[1]", "[4]", 4)),
                refused("a string where an array", tensor("F32", "\"1\"", "[0,4]", 4)),
                // Sizes.
                refused("takes 8 bytes", tensor("F32", "[2]", "[0,4]", 4)),
                refused("takes 4 bytes", tensor("F32", "[]", "[0,8]", 8)),
                refused("takes 4 bytes", tensor("F32", "[1]", "[4,0]", 4)),
                refused("whole number of bytes", tensor("F4", "[3]", "[0,1]", 1)),
                refused(
                        "no whole number of bytes below 2^63: shape [4294967296, 4294967296]",
                        tensor("F32", "[4294967296,4294967296]", "[0,0]", 0)),
                refused(
                        "no whole number of bytes",
                        tensor("F32", "[4294967296,4294967296,0]", "[0,0]", 0)),
                refused("no whole", tensor("F64", "[1152921504606846976]", "[0,8]", 8)),
                refused("no whole", tensor("F64", "[288230376151711744]", "[0,0]", 0)),
                // Places.
                refused("ends at byte 8, but", tensor("F32", "[2]", "[0,8]", 7)),
                refused(
                        "ends at byte 4000000000000",
                        tensor("U8", "[4000000000000]", "[0,4000000000000]", 8)),
                refused(
                        "has 9 bytes, but the tensors end at byte 8",
                        tensor("F32", "[2]", "[0,8]", 9)),
                refused("the data has 4 bytes", HandMade.file("{}", 4)),
                refused("leaves a hole from byte 0", tensor("F32", "[1]", "[4,8]", 8)),
                refused(
                        "tensor 'b' begins at byte 5 and leaves a hole from byte 4",
                        HandMade.file(pair(a, tensor("F32", "[1]", "[5,9]")), 9)),
                refused(
                        "tensor 'b' begins at byte 3 and overlaps",
                        HandMade.file(pair(a, tensor("F32", "[1]", "[3,7]")), 7)),
                refused("overlaps", HandMade.file(pair(a, a), 4)),
                // Metadata.
                refused("__metadata__ has an array", HandMade.file("{\"__metadata__\":[]}", 0)),
                refused("__metadata__ has null", HandMade.file("{\"__metadata__\":null}", 0)),
                refused("__metadata__ 'n' has a number", metadata("\"n\":1")),
                refused("__metadata__ 'n' has an object", metadata("\"n\":{}")),
                refused("__metadata__ 'n' stands twice", metadata("\"n\":\"1\",\"n\":\"1\"")),
                refused(
                        "tensor '__metadata__' stands twice",
                        HandMade.file("{\"__metadata__\":{},\"__metadata__\":{}}", 0)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedFiles")
    void malformedFileIsRefusedBySentence(String expected, byte[] bytes) throws IOException {
        Path path = Files.write(directory.resolve("bad.safetensors"), bytes);
        var e = assertThrows(ModelFileException.class, () -> SafetensorsFile.open(path).close());
        assertEquals(path, e.file());
        assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }

    @Test
    void whatIsNoFileIsRefused() {
        Path absent = directory.resolve("absent.safetensors");
        var e = assertThrows(ModelFileException.class, () -> SafetensorsFile.open(absent));
        assertTrue(e.getMessage().contains("does not exist"), e.getMessage());
        e = assertThrows(ModelFileException.class, () -> SafetensorsFile.open(directory));
        assertTrue(e.getMessage().contains("not a regular file"), e.getMessage());
        e = assertThrows(ModelFileException.class, () -> TensorSource.open(directory));
        assertTrue(e.getMessage().contains("neither model.safetensors nor"), e.getMessage());
    }

    @Test
    void controlCharactersOfTheFileDoNotReachTheMessage() throws IOException {
        String name = "\\u001b[2J\\nline\\u202e";
        byte[] bytes = HandMade.file("{\"" + name + "\":1}", 0).bytes();
        Path path = Files.write(directory.resolve("bad.safetensors"), bytes);
        var e = assertThrows(ModelFileException.class, () -> SafetensorsFile.open(path));
        assertTrue(e.getMessage().contains("'\uFFFD[2J\uFFFDline\uFFFD'"), e.getMessage());
    }

    private static Arguments refused(String expected, HandMade file) {
        return Arguments.of(expected, file.bytes());
    }

    private static HandMade tensor(String type, String shape, String offsets, int data) {
        return HandMade.file("{\"a\":" + tensor(type, shape, offsets) + "}", data);
    }

    private static String tensor(String type, String shape, String offsets) {
        return "{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
                .formatted(type, shape, offsets);
    }

    private static HandMade entry(String fields, int data) {
        return HandMade.file("{\"a\":{" + fields + "}}", data);
    }

    private static HandMade metadata(String fields) {
        return HandMade.file("{\"__metadata__\":{" + fields + "}}", 0);
    }

    private static String pair(String a, String b) {
        return "{\"a\":" + a + ",\"b\":" + b + "}";
    }

    private static String twoTensors(String a, String b) {
        return "{\"a\":" + a + ",\"\\u0061\":" + b + "}";
    }

    private static String ones(int count) {
        return "[" + "1,".repeat(count - 1) + "1]";
    }

    private static HandMade latin1(String header, int data) {
        byte[] bytes = header.getBytes(StandardCharsets.ISO_8859_1);
        return new HandMade(bytes.length, bytes, data);
    }
}
