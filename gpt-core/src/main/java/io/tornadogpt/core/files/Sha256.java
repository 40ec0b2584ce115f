package io.tornadogpt.core.files;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/// A SHA-256 checksum; in JSON a string of 64 lower-case hexadecimal digits, as `sha256sum` prints
/// it.
public record Sha256(@JsonValue String hex) {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

    /// @throws IllegalArgumentException where `hex` is anything but 64 hexadecimal digits
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public Sha256 {
        hex = hex.toLowerCase(Locale.ROOT);
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException(
                    "a SHA-256 is 64 hexadecimal digits, not " + BadFileException.quote(hex));
        }
    }

    /// The checksum of a file's contents.
    public static Sha256 of(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return of(in);
        }
    }

    /// The checksum of what a stream holds from here to its end.
    public static Sha256 of(InputStream in) throws IOException {
        MessageDigest digest = newDigest();
        var buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
        }
        return finish(digest);
    }

    /// The checksum of bytes in memory.
    public static Sha256 of(byte[] bytes) {
        MessageDigest digest = newDigest();
        digest.update(bytes);
        return finish(digest);
    }

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static Sha256 finish(MessageDigest digest) {
        return new Sha256(HexFormat.of().formatHex(digest.digest()));
    }

    @Override
    public String toString() {
        return hex;
    }
}
