package io.tornadogpt.trainer.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.Sha256;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;

final class TokenFileTest {
    @TempDir Path directory;
    private Path path;

    @BeforeEach
    void name() {
        path = directory.resolve("train.bin");
    }

    @ParameterizedTest
    @EnumSource(TokenFormat.class)
    void writtenTokensAreRead(TokenFormat format) throws IOException {
        int vocabulary = (int) Math.min(format.ids(), Integer.MAX_VALUE);
        int count = 300_007; // beyond the writer's buffer, which is no multiple of three
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) {
            ids[i] = (int) (i * 2_654_435_761L % vocabulary);
        }
        ids[5] = vocabulary - 1;
        TokenFileInfo info;
        try (var writer = TokenWriter.create(path, format, vocabulary)) {
            writer.write(ids, count - 1);
            writer.write(ids[count - 1]);
            info = writer.commit("char", 12345L);
        }
        try (var file = TokenFile.open(path)) {
            assertEquals(format, file.format());
            assertEquals(info, file.info());
            assertEquals(12345L, info.textBytes());
            assertEquals(count, file.count());
            int[] read = new int[count];
            file.read(0, count, read, 0);
            assertArrayEquals(ids, read);
            assertEquals(vocabulary - 1, file.at(5));
            assertEquals(ids[100], file.slice(90, 20).slice(5, 10).at(5));
            file.requireVocabulary(vocabulary);
            refused(
                    "token %d at position 5 is beyond the vocabulary of %d"
                            .formatted(vocabulary - 1, vocabulary - 1),
                    () -> file.requireVocabulary(vocabulary - 1));
        }
    }

    @Test
    void nanoGptFilesAreLittleEndianUint16() throws IOException {
        Files.write(path, new byte[] {1, 0, (byte) 0x50, (byte) 0xC4, 2, 1});
        try (var file = TokenFile.open(path)) {
            assertEquals(TokenFormat.RAW_UINT16, file.format());
            assertNull(file.info());
            assertEquals(List.of(1, 50256, 258), List.of(file.at(0), file.at(1), file.at(2)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "First Citizen:\nBefore we proceed any further, hear me speak.\n",
                "First Citizen:\r\nBefore we proceed\tan odd number of bytes.",
                "Größer als die üblichen Zeichen — 日本語のテキスト 🙂",
                "exactly 16 bytes"
            })
    void textIsNotTakenForTokens(String text) throws IOException {
        Files.writeString(path, text);
        var e = assertThrows(DataFileException.class, () -> TokenFile.open(path));
        String begin = text.substring(0, text.offsetByCodePoints(0, Math.min(13, text.length())));
        assertTrue(e.getMessage().contains("is text, not token ids: it begins with '" + begin));
        assertTrue(e.getMessage().endsWith("under a name that does not end in .bin"));
    }

    /// A character of three bytes lies on the border of what is looked at.
    @Test
    void longTextIsNotTakenForTokens() throws IOException {
        Files.writeString(path, "a" + "\u20ac".repeat(3000));
        refused("is text, not token ids", () -> TokenFile.open(path));
    }

    @Test
    void idsThatHaveLettersForBytesAmongOthersAreTokens() throws IOException {
        byte[] ids = "So many letters, and one id of 262".getBytes(StandardCharsets.US_ASCII);
        ids[20] = 6;
        ids[21] = 1;
        Files.write(path, ids);
        try (var file = TokenFile.open(path)) {
            assertEquals(262, file.at(10));
        }
    }

    @Test
    void textWithASideFileIsTokens() throws IOException {
        try (var writer = TokenWriter.create(path, TokenFormat.RAW_UINT16, 65_536)) {
            for (int i = 0; i < 100; i++) {
                writer.write('a' + ('b' << 8));
            }
            writer.commit("char", 100L);
        }
        try (var file = TokenFile.open(path)) {
            assertEquals('a' + ('b' << 8), file.at(99));
        }
    }

    @Test
    void llmcFilesHaveHeaderOfTheirOwn() throws IOException {
        Files.write(path, llmc(20240520, 1, 3, 50256, 0, 0));
        try (var file = TokenFile.open(path)) {
            assertEquals(TokenFormat.LLMC_UINT16, file.format());
            assertEquals(3, file.count());
            assertEquals(50256, file.at(0));
        }
    }

    @Test
    void writerFillsTheLlmcHeader() throws IOException {
        try (var writer = TokenWriter.create(path, TokenFormat.LLMC_UINT16, 50257)) {
            writer.write(new int[] {7, 8}, 2);
            writer.commit("gpt2", null);
        }
        assertArrayEquals(llmc(20240520, 1, 2, 7, 8), Files.readAllBytes(path));
    }

    @Test
    void tokensBeyondTwoGigabytesAreRead() throws IOException {
        // Sparse: takes no room on the disk.
        long count = (1L << 31) + 10;
        try (var sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.setLength(2 * count);
            sparse.seek(2 * (count - 1));
            sparse.write(new byte[] {3, 1});
        }
        try (var file = TokenFile.open(path)) {
            assertEquals(count, file.count());
            assertEquals(259, file.at(count - 1));
        }
    }

    @Test
    void unusableFilesAreRefusedBySentence() throws IOException {
        refusedToOpen("does not exist");
        Files.write(path, new byte[0]);
        refusedToOpen("is empty");
        Files.write(path, new byte[7]);
        refusedToOpen("has 7 bytes, no whole number of uint16 tokens");
        Files.write(path, new byte[2]);
        refusedToOpen("has 1 token(s)");
        Files.write(path, llmc(20240520, 2, 3, 0, 0, 0));
        refusedToOpen("the header's version is 2, but only 1 is known");
        Files.write(path, llmc(20240520, 1, 4, 0, 0, 0));
        refusedToOpen("the header's count is 4, but 3 tokens follow");
        Files.write(path, llmc(20240520, 1, 0));
        refusedToOpen("has 0 token(s)");
        var e = assertThrows(DataFileException.class, () -> TokenFile.open(directory));
        assertTrue(e.getMessage().contains("is not a regular file"), e.getMessage());
    }

    @Test
    void fileShorterThanBlockIsRefused() throws IOException {
        Files.write(path, new byte[2 * 64]);
        try (var file = TokenFile.open(path)) {
            file.requireBlock(63);
            refused("has 64 tokens, but a block of 64 needs 65", () -> file.requireBlock(64));
        }
    }

    @Test
    void idBeyondTwoToThe31IsNotTakenForNegative() throws IOException {
        write(TokenFormat.RAW_UINT32, 70_000, 1, 2, 3);
        String before = Sha256.of(path).hex();
        Files.write(path, new byte[] {1, 0, 0, 0, -1, -1, -1, -1, 0, 0, 0, 0});
        Path side = TokenFileInfo.pathFor(path);
        Files.writeString(side, Files.readString(side).replace(before, Sha256.of(path).hex()));
        try (var file = TokenFile.open(path)) {
            refused("token 4294967295 at position 1", () -> file.requireVocabulary(70_000));
        }
    }

    @Test
    void fileAndSideFileMustAgree() throws IOException {
        write(TokenFormat.RAW_UINT16, 10, 1, 2, 3);
        Files.write(path, new byte[] {1, 0, 2, 0});
        refusedToOpen("has 2 uint16 tokens, but its side file says 3 uint16");
        Files.write(path, new byte[] {1, 0, 2, 0, 4, 0});
        refusedToOpen("is not what its side file's sha256 belongs to");
    }

    @Test
    void changeWhileItIsOpenIsNoticedAndATouchIsNot() throws IOException {
        write(TokenFormat.RAW_UINT16, 10, 1, 2, 3);
        byte[] bytes = Files.readAllBytes(path);
        FileTime before = Files.getLastModifiedTime(path);
        try (var file = TokenFile.open(path)) {
            file.requireUnchanged();
            Files.setLastModifiedTime(path, FileTime.fromMillis(before.toMillis() + 5000));
            file.requireUnchanged();
            Files.write(path, new byte[] {1, 0, 2, 0, 4, 0});
            Files.setLastModifiedTime(path, FileTime.fromMillis(before.toMillis() + 9000));
            refused("was changed while it was being read", file::requireUnchanged);
            Files.write(path, bytes);
            file.requireUnchanged();
            Files.write(path, new byte[] {1, 0, 2, 0, 3, 0, 3, 0});
            refused("it has 8 bytes, not 6", file::requireUnchanged);
            Files.delete(path);
            refused("is gone", file::requireUnchanged);
        }
    }

    @Test
    void malformedSideFileIsRefused() throws IOException {
        write(TokenFormat.RAW_UINT16, 10, 1, 2, 3);
        Path side = TokenFileInfo.pathFor(path);
        String json = Files.readString(side);
        for (String bad :
                List.of(
                        "",
                        "{}",
                        "[]",
                        "null",
                        json.replace("uint16", "uint8"),
                        json.replace("\"count\" : 3", "\"count\" : \"3\""),
                        json.replace("\"count\" : 3", "\"count\" : 3.5"),
                        json.replace("\"count\" : 3", "\"count\" : null"),
                        json.replace("\"count\"", "\"counts\""),
                        json.replace("\"count\" : 3", "\"count\" : 3, \"count\" : 3"),
                        json.replace("\"char\"", "null").replace("\"tokenizer\"", "\"x\""),
                        json.replaceAll("[0-9a-f]{64}", "abc"),
                        json + "x")) {
            assertFalse(bad.equals(json));
            Files.writeString(side, bad);
            var e = assertThrows(DataFileException.class, () -> TokenFile.open(path), bad);
            assertEquals(side, e.file());
        }
    }

    @Test
    void writerRefusesWhatDoesNotFit() throws IOException {
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenWriter.create(path, TokenFormat.RAW_UINT16, 65_537));
        assertEquals(TokenFormat.RAW_UINT16, TokenFormat.forVocabulary(65_536));
        assertEquals(TokenFormat.RAW_UINT32, TokenFormat.forVocabulary(65_537));
        try (var writer = TokenWriter.create(path, TokenFormat.RAW_UINT16, 10)) {
            writer.write(9);
            assertThrows(IllegalArgumentException.class, () -> writer.write(10));
            assertThrows(IllegalArgumentException.class, () -> writer.write(-1));
        }
        try (var files = Files.list(directory)) {
            assertEquals(0, files.count(), "an uncommitted file leaves no trace");
        }
    }

    @Test
    void sideFileNamesWhatTheIdsCannot() throws IOException {
        write(TokenFormat.RAW_UINT16, 65, 1, 2, 3);
        var info = TokenFileInfo.read(path);
        assertNotNull(info);
        assertEquals("char", info.tokenizer());
        assertEquals(65, info.vocabularySize());
        assertEquals("uint16", info.dtype());
        assertEquals(Sha256.of(new byte[] {1, 0, 2, 0, 3, 0}), info.sha256());
        assertFalse(Files.readString(TokenFileInfo.pathFor(path)).contains("textBytes"));
    }

    private void write(TokenFormat format, int vocabulary, int... ids) throws IOException {
        try (var writer = TokenWriter.create(path, format, vocabulary)) {
            writer.write(ids, ids.length);
            writer.commit("char", null);
        }
    }

    private static byte[] llmc(int magic, int version, int count, int... ids) {
        byte[] bytes = new byte[1024 + 2 * ids.length];
        var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(magic).putInt(version).putInt(count).position(1024);
        for (int id : ids) {
            buffer.putShort((short) id);
        }
        return bytes;
    }

    private void refusedToOpen(String expected) {
        refused(expected, () -> TokenFile.open(path).close());
    }

    private void refused(String expected, Executable call) {
        var e = assertThrows(DataFileException.class, call);
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertEquals(path, e.file());
    }
}
