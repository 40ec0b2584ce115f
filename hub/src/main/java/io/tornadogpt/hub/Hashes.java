package io.tornadogpt.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The hashes that files are known by: SHA-256 of a large file, and git's hash of a small one,
/// which is SHA-1 of its length and content.
final class Hashes {
    private Hashes() {}

    static String of(RemoteFile file, Path content) throws IOException {
        MessageDigest digest = digest(file.sha256() != null ? "SHA-256" : "SHA-1");
        if (file.sha256() == null) {
            String head = "blob " + Files.size(content) + "\0";
            digest.update(head.getBytes(StandardCharsets.US_ASCII));
        }
        try (InputStream in = Files.newInputStream(content)) {
            var buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has both
        }
    }
}
