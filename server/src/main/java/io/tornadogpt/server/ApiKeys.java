package io.tornadogpt.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The keys that clients may use. They are kept as digests and compared in a time that tells
/// nothing of them.
public final class ApiKeys {
    /// No key is needed, and any that is given is ignored.
    public static final ApiKeys NONE = new ApiKeys(List.of());

    private static final int SHORTEST = 16;
    private static final int LONGEST = 512;

    private final List<byte[]> digests;

    private ApiKeys(List<byte[]> digests) {
        this.digests = digests;
    }

    /// Keys as texts.
    ///
    /// @throws IllegalArgumentException if one is too short to be a secret, or cannot be sent
    public static ApiKeys of(List<String> keys) {
        var digests = new ArrayList<byte[]>();
        for (String key : keys) {
            if (key.length() < SHORTEST || key.length() > LONGEST) {
                throw new IllegalArgumentException(
                        "a key has %d characters; expected %d to %d"
                                .formatted(key.length(), SHORTEST, LONGEST));
            }
            if (!key.chars().allMatch(c -> c > ' ' && c < 127)) {
                throw new IllegalArgumentException(
                        "a key holds blanks or characters beyond ASCII, which no client can send;"
                                + " use letters, digits and signs");
            }
            digests.add(digest(key));
        }
        return new ApiKeys(List.copyOf(digests));
    }

    /// Keys of a file, one a line; empty lines and those that begin with `#` are left out.
    ///
    /// @throws IOException if the file cannot be read
    /// @throws IllegalArgumentException if it holds no key, or one that is none
    public static ApiKeys read(Path file) throws IOException {
        List<String> keys =
                Files.readAllLines(file).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .toList();
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(
                    file
                            + " holds no key; write one a line, of "
                            + SHORTEST
                            + " characters or more");
        }
        try {
            return of(keys);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    /// Whether clients need a key.
    public boolean areNeeded() {
        return !digests.isEmpty();
    }

    /// Looks a key up. It takes as long for a wrong key as for a right one, whichever it is.
    ///
    /// @return the number of the key; empty where there is no such key
    Optional<Integer> find(String key) {
        byte[] digest = digest(key);
        int found = -1;
        for (int i = 0; i < digests.size(); i++) {
            if (MessageDigest.isEqual(digests.get(i), digest)) {
                found = i;
            }
        }
        return found < 0 ? Optional.empty() : Optional.of(found);
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
