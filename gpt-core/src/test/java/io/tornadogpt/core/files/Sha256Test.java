package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

final class Sha256Test {
    /// FIPS 180-4's example.
    private static final String ABC =
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir Path directory;

    @Test
    void checksumIsTheStandards() throws IOException {
        byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);
        assertEquals(ABC, Sha256.of(abc).toString());
        assertEquals(ABC, Sha256.of(Files.write(directory.resolve("abc"), abc)).hex());
        byte[] long1 = new byte[200_001];
        assertEquals(Sha256.of(long1), Sha256.of(Files.write(directory.resolve("l"), long1)));
    }

    @Test
    void checksumIsStringInJson() throws IOException {
        var json = new ObjectMapper();
        assertEquals('"' + ABC + '"', json.writeValueAsString(new Sha256(ABC)));
        assertEquals(new Sha256(ABC), json.readValue('"' + ABC + '"', Sha256.class));
    }

    @Test
    void anythingElseIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Sha256(ABC.substring(1)));
        assertThrows(IllegalArgumentException.class, () -> new Sha256(ABC.replace('a', 'g')));
        assertEquals(new Sha256(ABC), new Sha256(ABC.toUpperCase(java.util.Locale.ROOT)));
    }
}
