package io.tornadogpt.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tornadogpt.trainer.data.TextEncoding;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CoderResult;
import java.nio.file.Files;
import java.nio.file.Path;

/// Text that a command is given whole: UTF-8, and refused where it is none, for what replaces a
/// broken character would count as text.
final class TextInput {
    private TextInput() {}

    /// All of standard input.
    static String standardInput() throws IOException {
        return decode("standard input", UTF_8, System.in.readAllBytes());
    }

    /// All of a file.
    static String file(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IllegalArgumentException(
                    file.toAbsolutePath() + " is a folder; give a file with text");
        }
        return decode(file.toString(), UTF_8, Files.readAllBytes(file));
    }

    /// The next line of standard input, null where there is none: in the terminal's encoding, or in
    /// UTF-8 where it is only said to be ASCII, as in most containers.
    static @Nullable String nextLine() throws IOException {
        var bytes = new ByteArrayOutputStream();
        int next = System.in.read();
        if (next < 0) {
            return null;
        }
        for (; next >= 0 && next != '\n'; next = System.in.read()) {
            bytes.write(next);
        }
        Charset charset = Charset.forName(System.getProperty("stdin.encoding", "UTF-8"));
        String line =
                decode("the line", charset.equals(US_ASCII) ? UTF_8 : charset, bytes.toByteArray());
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    private static String decode(String name, Charset charset, byte... bytes) {
        TextEncoding encoding = TextEncoding.ofMark(bytes);
        if (encoding != null) {
            throw new IllegalArgumentException(
                    "%s %s; %s"
                            .formatted(name, encoding.problem(), encoding.remedy(Path.of(name))));
        }
        var in = ByteBuffer.wrap(bytes);
        var text = CharBuffer.allocate(bytes.length);
        CoderResult result = charset.newDecoder().decode(in, text, true);
        if (result.isError()) {
            throw new IllegalArgumentException(
                    "%s is not %s: byte 0x%02X at offset %d fits no character; convert it to %2$s"
                            .formatted(name, charset, bytes[in.position()], in.position()));
        }
        return text.flip().toString();
    }
}
