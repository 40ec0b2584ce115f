package io.tornadogpt.trainer.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tornadogpt.trainer.data.PassedOver.Reason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

final class TextSourceTest {
    private static final String POINTER =
            """
            version https://git-lfs.example/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 12345
            """;

    @TempDir Path directory;

    @Test
    void fileIsReadWhole() throws IOException {
        Path file = Files.writeString(directory.resolve("a"), "grüße 😀\r\n\uFEFF");
        try (var source = TextSource.open(file)) {
            assertEquals("grüße 😀\r\n\uFEFF", source.text());
            assertEquals(new TextStatistics(1, 17, 10), source.statistics());
        }
    }

    @Test
    void directoryIsReadInOrderOfNamesWithoutHiddenAndBinaryFiles() throws IOException {
        write("b.txt", "3");
        write("a/z.txt", "2");
        write("a.txt", "1"); // '.' comes before '/'
        write("c/d/e.txt", "4");
        write("c/empty.txt", "");
        write(".git/config", "hidden");
        write("c/.hidden", "hidden");
        write("c/image.png", "\u0089PNG\0");
        try (var source = TextSource.open(directory)) {
            assertEquals("1234", source.text());
            assertEquals(
                    List.of(
                            new PassedOver(".git", Reason.HIDDEN),
                            new PassedOver("c/.hidden", Reason.HIDDEN),
                            new PassedOver("c/image.png", Reason.BINARY)),
                    source.passedOver());
            assertEquals(5, source.statistics().documents());
        }
    }

    @Test
    void linksAreFollowedAndEachFileThatIsPassedOverIsNamedOnce() throws IOException {
        write("real/a.txt", "1");
        write("data/b.txt", "2");
        Path data = directory.resolve("data");
        Files.createSymbolicLink(directory.resolve("link"), data);
        Files.createSymbolicLink(data.resolve("c"), Path.of("../real"));
        Files.createSymbolicLink(data.resolve("d.txt"), Path.of("../real/a.txt"));
        Files.createSymbolicLink(data.resolve("e"), Path.of("."));
        Files.createSymbolicLink(data.resolve("f"), Path.of("nowhere"));
        Files.write(data.resolve("g"), "\uFEFFtext".getBytes(StandardCharsets.UTF_16LE));
        Files.writeString(data.resolve("h"), POINTER);
        try (var source = TextSource.open(directory.resolve("link"))) {
            assertEquals("211", source.text());
            assertEquals(
                    List.of(
                            new PassedOver("e", Reason.LOOP),
                            new PassedOver("f", Reason.BROKEN_LINK),
                            new PassedOver("g", Reason.OTHER_ENCODING),
                            new PassedOver("h", Reason.LFS_POINTER)),
                    source.passedOver());
        }
    }

    @Test
    void whatMayNotBeReadIsPassedOverAndNamed() throws IOException {
        write("data/a.txt", "1");
        write("data/lost+found/b.txt", "2");
        write("data/secret.txt", "3");
        var none = PosixFilePermissions.fromString("---------");
        Path folder = directory.resolve("data/lost+found");
        Files.setPosixFilePermissions(folder, none);
        Files.setPosixFilePermissions(directory.resolve("data/secret.txt"), none);
        try (var source = TextSource.open(directory.resolve("data"))) {
            assumeFalse(Files.isReadable(folder), "this user may read everything");
            assertEquals("1", source.text());
            assertEquals(
                    List.of(
                            new PassedOver("lost+found", Reason.UNREADABLE),
                            new PassedOver("secret.txt", Reason.UNREADABLE)),
                    source.passedOver());
        } finally {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void textInAnotherEncodingIsNamedWithTheCommandThatConvertsIt() throws IOException {
        for (String encoding : List.of("UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE")) {
            // Chinese has no zero bytes in UTF-16.
            for (String text : List.of("\uFEFFtext", "\uFEFF\u4E2D\u6587")) {
                Path file = directory.resolve("a.txt");
                Files.write(file, text.getBytes(Charset.forName(encoding)));
                String name = encoding.substring(0, 6);
                String command = "iconv -f %s -t UTF-8 '%s' > ".formatted(name, file);
                refused("is " + name, () -> TextSource.open(file));
                refused(command, () -> TextSource.open(file));
            }
        }
        Path pointer = Files.writeString(directory.resolve("p.txt"), POINTER);
        refused("is a Git LFS pointer", () -> TextSource.open(pointer));
    }

    @Test
    void pipeIsReadAsOftenAsItIsNeeded() throws Exception {
        Path pipe = directory.resolve("pipe");
        assumeTrue(
                new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0,
                "there are no named pipes");
        Thread writer =
                Thread.startVirtualThread(
                        () -> {
                            try {
                                Files.writeString(pipe, "gr\u00fc\u00dfe");
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        Path copy;
        try (var source = TextSource.open(pipe)) {
            assertEquals("gr\u00fc\u00dfe", source.text());
            assertEquals(new TextStatistics(1, 7, 5), source.statistics());
            assertEquals(pipe, source.path());
            copy = source.documents().getFirst();
        }
        writer.join();
        assertFalse(Files.exists(copy));
    }

    @Test
    void archiveIsReadBelowItsFolder() throws IOException {
        Path zip = directory.resolve("src.zip");
        try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
            for (String name : List.of("java.base/b", "java.base/a/x", "java.desktop/c")) {
                out.putNextEntry(new ZipEntry(name));
                out.write(name.getBytes(StandardCharsets.UTF_8));
            }
        }
        try (var source = TextSource.openZip(zip, "java.base/")) {
            assertEquals("java.base/a/xjava.base/b", source.text());
        }
        try (var source = TextSource.open(zip)) {
            assertEquals(3, source.documents().size());
        }
        refused("has no text", () -> TextSource.openZip(zip, "absent/"));
        Path broken = Files.writeString(directory.resolve("broken.zip"), "PK no zip");
        refused("is not a zip archive", () -> TextSource.open(broken));
    }

    @Test
    void damagedArchiveNamesItself() throws IOException {
        Path zip = directory.resolve("src.zip");
        try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
            out.putNextEntry(new ZipEntry("a/bad"));
            out.write(new byte[] {'o', 'k', (byte) 0xFF});
        }
        try (var source = TextSource.open(zip)) {
            var e = assertThrows(DataFileException.class, source::statistics);
            assertEquals(zip, e.file());
            assertTrue(e.getMessage().contains("entry /a/bad"), e.getMessage());
            assertTrue(e.getMessage().contains("0xFF at offset 2"), e.getMessage());
        }
    }

    @Test
    void invalidUtf8IsRefusedWithFileAndOffset() throws IOException {
        byte[][] invalid = {
            {(byte) 0x80}, // a continuation byte alone
            {(byte) 0xC3}, // cut short by the end
            {(byte) 0xC3, 'a'},
            {(byte) 0xC0, (byte) 0x80}, // overlong
            {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, // a surrogate
            {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80}, // beyond U+10FFFF
            {(byte) 0xE9, 't', 'e'} // Latin-1
        };
        // Around the ends of the reader's buffer too.
        for (int before : new int[] {0, 5, 65_533, 65_534, 65_535, 65_536, 65_537, 200_000}) {
            for (byte[] bytes : invalid) {
                byte[] text = new byte[before + bytes.length];
                Arrays.fill(text, 0, before, (byte) 'x');
                System.arraycopy(bytes, 0, text, before, bytes.length);
                Path file = Files.write(directory.resolve("bad.txt"), text);
                try (var source = TextSource.open(file)) {
                    String expected = "byte 0x%02X at offset %d ".formatted(bytes[0], before);
                    refused(expected, source::text);
                }
            }
        }
    }

    @Test
    void charactersAcrossBuffersArriveWhole() throws IOException {
        var text = new StringBuilder();
        var random = new Random(3);
        while (text.length() < 300_000) {
            text.appendCodePoint(
                    switch (random.nextInt(4)) {
                        case 0 -> 'a' + random.nextInt(26);
                        case 1 -> 0xE0 + random.nextInt(32);
                        case 2 -> 0x4E00 + random.nextInt(2000);
                        default -> 0x1F600 + random.nextInt(50);
                    });
        }
        Path file = Files.writeString(directory.resolve("long.txt"), text);
        try (var source = TextSource.open(file)) {
            assertEquals(text.toString(), source.text());
            long characters = text.codePointCount(0, text.length());
            assertEquals(characters, source.statistics().characters());
            Split split = Split.of(characters);
            int cut = text.offsetByCodePoints(0, (int) split.training());
            assertEquals(text.substring(0, cut), read(source, 0, split.training()));
            assertEquals(text.substring(cut), read(source, split.training(), split.validation()));
            assertEquals("", read(source, 5, 0));
            assertEquals("", read(source, characters, 10));
            int five = text.offsetByCodePoints(0, 5);
            assertEquals(
                    text.substring(five, text.offsetByCodePoints(five, 1)), read(source, 5, 1));
        }
    }

    @Test
    void unusablePathsAreRefusedBySentence() throws IOException {
        refused("does not exist", () -> TextSource.open(directory.resolve("absent")));
        Path empty = Files.createFile(directory.resolve("empty"));
        refused("is empty", () -> TextSource.open(empty));
        refused("has no text (1 text files, all of them empty)", () -> TextSource.open(directory));
        Path binary = Files.write(directory.resolve("binary"), new byte[] {1, 2, 0});
        refused("is binary: it has a zero byte at offset 2", () -> TextSource.open(binary));
        refused(
                "all of them empty, and 1 passed over, of which 'binary' is",
                () -> TextSource.open(directory));
    }

    private static String read(TextSource source, long from, long count) throws IOException {
        try (var in = source.stream(from, count)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static void refused(String expected, Executable call) {
        var e = assertThrows(DataFileException.class, call);
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }
}
