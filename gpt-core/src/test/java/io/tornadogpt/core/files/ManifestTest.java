package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// What is written down of a directory's files, and what is found when they change.
class ManifestTest {
    @TempDir Path folder;

    @BeforeEach
    void fill() throws IOException {
        Files.writeString(folder.resolve("a.txt"), "abc");
        Files.createDirectories(folder.resolve("inner/deep"));
        Files.writeString(folder.resolve("inner/deep/b.txt"), "abcdef");
        Files.writeString(folder.resolve(".hidden"), "x");
        Files.createDirectories(folder.resolve(".out"));
        Files.writeString(folder.resolve(".out/of.txt"), "sight");
    }

    private String refused(String start) {
        var e = assertThrows(ModelFileException.class, () -> Manifest.verifyIn(folder));
        assertTrue(e.getMessage().startsWith(folder.resolve(start).toString()), e.getMessage());
        return e.getMessage();
    }

    private void text(String text) throws IOException {
        Files.writeString(folder.resolve(Manifest.FILE), text);
    }

    @Test
    void namesSizesAndChecksumsAreThoseOfTheFilesThatAreSeen() throws IOException {
        assertFalse(Manifest.isIn(folder));
        Manifest.verifyIn(folder);
        Manifest.of(folder).write(folder);
        assertTrue(Manifest.isIn(folder));
        Manifest read = Manifest.read(folder);
        assertEquals(Set.of("a.txt", "inner/deep/b.txt"), read.files().keySet());
        assertEquals(3, read.files().get("a.txt").size());
        assertEquals(
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                read.files().get("a.txt").sha256().hex());
        assertEquals(9, read.totalBytes());
        assertEquals(read, Manifest.of(folder));
        Manifest.verifyIn(folder);
        Manifest.verifyDataIn(folder);
    }

    @Test
    void whatIsKnownIsNotReadAgain() throws IOException {
        var known = new Manifest.Entry(7, Sha256.of(new byte[0]));
        Manifest manifest = Manifest.of(folder, java.util.Map.of("a.txt", known));
        assertEquals(known, manifest.files().get("a.txt"));
        assertEquals(6, manifest.files().get("inner/deep/b.txt").size());
    }

    @Test
    void changedShorterAndMissingFilesAreNamed() throws IOException {
        Manifest.of(folder).write(folder);
        Files.writeString(folder.resolve("inner/deep/b.txt"), "abcdeF");
        String message = refused("inner/deep/b.txt");
        assertTrue(message.contains("its SHA-256 differs"), message);
        assertTrue(message.contains("or delete SHA256SUMS beside it"), message);
        Files.writeString(folder.resolve("inner/deep/b.txt"), "abcde");
        message = refused("inner/deep/b.txt");
        assertTrue(message.contains("it has 5 bytes, not 6"), message);
        Files.delete(folder.resolve("inner/deep/b.txt"));
        message = refused("inner/deep/b.txt");
        assertTrue(message.contains("is missing"), message);
        Manifest.verifyIn(folder, "inner/deep/b.txt");
        var e = assertThrows(ModelFileException.class, () -> Manifest.verifyDataIn(folder));
        assertTrue(e.getMessage().contains("put it back as it was"), e.getMessage());
        Manifest.verifyDataIn(folder, "inner/deep/b.txt");
    }

    @Test
    void directoryWithoutOneWasNotWrittenToItsEnd() {
        var e = assertThrows(ModelFileException.class, () -> Manifest.read(folder));
        assertTrue(e.getMessage().contains("was not written to its end"), e.getMessage());
    }

    /// Also where every line for itself is one.
    @Test
    void anyChangeOfItsOwnTextIsFound() throws IOException {
        Manifest.of(folder).write(folder);
        String whole = Files.readString(folder.resolve(Manifest.FILE));
        List<String> lines = whole.lines().toList();
        assertEquals(5, lines.size());
        for (String changed :
                List.of(
                        whole.replace("# 3 bytes", "# 4 bytes"),
                        whole.replace("a.txt", "c.txt"),
                        whole.replace("  a.txt", " *a.txt"),
                        whole.substring(0, whole.length() - 1),
                        whole + "\n",
                        lines.get(0) + "\n" + lines.get(1) + "\n",
                        lines.get(0) + "\n",
                        String.join("\n", lines.subList(1, 5)) + "\n",
                        lines.get(0) + "\n" + lines.get(1) + "\n" + lines.get(4) + "\n",
                        "#\n" + whole)) {
            text(changed);
            refused(Manifest.FILE);
        }
        text(whole);
        Manifest.verifyIn(folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a.txt", "inner/../../a.txt", "/a.txt", "..", "inner\\b.txt"})
    void namesThatLeadOutOfTheDirectoryAreRefused(String name) throws IOException {
        String body = "# 3 bytes\n" + "0".repeat(64) + "  " + name + "\n";
        Sha256 own = Sha256.of(body.getBytes(StandardCharsets.UTF_8));
        text(body + "# " + own + " is the SHA-256 of the lines above\n");
        String message = refused(Manifest.FILE);
        assertTrue(message.contains("no size, or no checksum and name"), message);
    }

    @Test
    void listsOfSha256sumAreReadWithoutSizes() throws IOException {
        String sum = Sha256.of(folder.resolve("a.txt")).hex();
        text(sum + "  a.txt\n");
        Manifest.verifyIn(folder);
        assertEquals(-1, Manifest.read(folder).files().get("a.txt").size());
        text(sum + " *a.txt\n");
        Manifest.verifyIn(folder);
        text(sum + "  a.txt\nno sum\n");
        assertTrue(refused(Manifest.FILE).contains("a line is no checksum and name"));
        text("");
        assertTrue(refused(Manifest.FILE).contains("it names no file"));
        Files.writeString(folder.resolve("a.txt"), "abd");
        text(sum + "  a.txt\n");
        assertTrue(refused("a.txt").contains("its SHA-256 differs"));
    }

    @Test
    void textWithoutBoundIsNotRead() throws IOException {
        text("#".repeat((1 << 20) + 1));
        assertTrue(refused(Manifest.FILE).contains("is longer than 1048576 bytes"));
        text("#".repeat(1 << 20));
        assertTrue(refused(Manifest.FILE).contains("does not end as it was written"));
    }
}
