package io.tornadogpt.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.file.Files;
import java.nio.file.Path;

/// Text that a command is given whole: UTF-8, and refused where it is none, for what replaces a
/// broken character would count as text.
final class TextInput {
    private TextInput() {}

    /// All of standard input.
    static String standardInput() throws IOException {
        return decode("standard input", System.in.readAllBytes());
    }

    /// All of a file.
    static String file(Path file) throws IOException {
        return decode(file.toString(), Files.readAllBytes(file));
    }

    private static String decode(String name, byte... bytes) {
        var in = ByteBuffer.wrap(bytes);
        var text = CharBuffer.allocate(bytes.length);
        CoderResult result = UTF_8.newDecoder().decode(in, text, true);
        if (result.isError()) {
            throw new IllegalArgumentException(
                    "%s is not UTF-8: byte 0x%02X at offset %d fits no character; convert it to UTF-8"
                            .formatted(name, bytes[in.position()], in.position()));
        }
        return text.flip().toString();
    }
}
