package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.tokenizer.model.Merges;
import io.tornadogpt.tokenizer.pipeline.PieceEncoder;
import io.tornadogpt.tokenizer.pretokenizer.Gpt2Pieces;
import io.tornadogpt.tokenizer.text.IntArray;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

class BpeTokenizerTest {

    static Stream<JsonNode> goldenCases() {
        return Golden.json("ids.json").valueStream();
    }

    @ParameterizedTest
    @MethodSource("goldenCases")
    void givesTheIdsOfTiktokenAndHuggingFace(JsonNode golden) {
        Tokenizer tokenizer = Golden.bpe();
        String text = golden.get("text").asText();

        assertArrayEquals(Golden.ids(golden.get("ids")), tokenizer.encode(text), text);
        assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
    }

    @Test
    void allFileFormatsGiveTheSameIds(@TempDir Path directory) throws IOException {
        Tokenizer original = Golden.bpe();
        original.save(directory);
        Path vocabulary = directory.resolve("vocab.json");
        Path merges = directory.resolve("merges.txt");
        List<Tokenizer> loaded =
                List.of(
                        Tokenizer.load(directory),
                        Tokenizer.load(directory.resolve("tokenizer.json")),
                        Tokenizer.load(vocabulary, merges));
        Tokenizer ranks = Tokenizer.loadRanks(Golden.file("small.tiktoken"));

        for (JsonNode golden : Golden.json("ids.json")) {
            String text = golden.get("text").asText();
            int[] ids = Golden.ids(golden.get("ids"));
            for (Tokenizer tokenizer : loaded) {
                assertArrayEquals(ids, tokenizer.encode(text), text);
            }
            for (int i = 0; i < ids.length; i++) {
                ids[i]--;
            }
            assertArrayEquals(ids, ranks.encode(text), text);
        }
        for (Tokenizer tokenizer : loaded) {
            assertEquals(original.specialTokens(), tokenizer.specialTokens());
        }
        assertEquals(original.vocabularySize(), ranks.vocabularySize());
        assertEquals(original.vocabularySize() - 1, ranks.endOfText().orElseThrow());
    }

    @Test
    void ranksGiveBackTheMergesTheyWereMadeFrom() throws IOException {
        Merges trained = Golden.merges(Golden.bpe());
        Merges fromRanks = Golden.merges(Tokenizer.loadRanks(Golden.file("small.tiktoken")));

        assertEquals(trained.size(), fromRanks.size());
        for (int rank = 0; rank < trained.size(); rank++) {
            assertEquals(trained.left(rank), fromRanks.left(rank) + 1);
            assertEquals(trained.right(rank), fromRanks.right(rank) + 1);
            assertEquals(trained.merged(rank), fromRanks.merged(rank) + 1);
        }
    }

    /// tiktoken takes a piece that is a token as it is, even one that no merges lead to.
    @Test
    void wholePieceWinsWhereMergingCannotReachIt(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("odd.tiktoken");
        StringBuilder lines = new StringBuilder();
        for (int b = 0; b < 256; b++) {
            lines.append(rankLine(new byte[] {(byte) b}, b));
        }
        lines.append(rankLine("xyz".getBytes(StandardCharsets.UTF_8), 256));
        Files.writeString(file, lines);
        Tokenizer tokenizer = Tokenizer.loadRanks(file);
        tokenizer.save(directory);

        for (Tokenizer each :
                List.of(tokenizer, Tokenizer.load(directory.resolve("tokenizer.json")))) {
            assertArrayEquals(new int[] {256}, each.encode("xyz"));
            assertArrayEquals(new int[] {'x', 'y', 'z', 'z'}, each.encode("xyzz"));
        }
    }

    @Test
    void specialTokensAreTextUnlessAskedFor() {
        Tokenizer tokenizer = Golden.bpe();
        String text = "one<|endoftext|> two<|endoftext|>";
        int end = tokenizer.endOfText().orElseThrow();

        int[] plain = tokenizer.encode(text);
        assertFalse(contains(plain, end));
        assertEquals(text, tokenizer.decode(plain));

        int[] special = tokenizer.encodeWithSpecialTokens(text);
        assertTrue(contains(special, end));
        assertEquals(text, tokenizer.decode(special));
        assertArrayEquals(
                new int[] {end, end}, tokenizer.encodeWithSpecialTokens("<|endoftext|>".repeat(2)));
    }

    @Test
    void theLongerOfTwoSpecialTokensWins() {
        Tokenizer tokenizer = new BpeTrainer(258, 1, List.of("<a>", "<a><b>")).train("");

        assertArrayEquals(new int[] {1, 0}, tokenizer.encodeWithSpecialTokens("<a><b><a>"));
    }

    @Test
    void halfOfASurrogatePairBecomesTheReplacementCharacter() {
        Tokenizer tokenizer = Golden.bpe();

        assertArrayEquals(tokenizer.encode("a\uFFFDb?"), tokenizer.encode("a\uD800b?"));
        assertArrayEquals(tokenizer.encode("\uFFFD\uFFFD"), tokenizer.encode("\uDC00\uD800"));
    }

    @Test
    void anyBytesComeBack() {
        Tokenizer tokenizer = Golden.bpe();
        Random random = new Random(3);
        for (int i = 0; i < 5_000; i++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            assertArrayEquals(bytes, tokenizer.decodeBytes(tokenizer.encodeBytes(bytes)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "\n", "é", "😀", "-", "ab", "'", "la "})
    void longPiecesGiveTheIdsOfTheSlowWay(String unit) {
        Tokenizer tokenizer = Golden.bpe();
        byte[] text = unit.repeat(700).getBytes(StandardCharsets.UTF_8);

        assertArrayEquals(SlowBpe.encode(tokenizer, text), tokenizer.encodeBytes(text));
    }

    @Test
    void randomBytesGiveTheIdsOfTheSlowWay() {
        Tokenizer tokenizer = Golden.bpe();
        Random random = new Random(4);
        byte[] alphabet = "ab la 01'ré\n".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 500; i++) {
            byte[] text = new byte[random.nextInt(200)];
            for (int k = 0; k < text.length; k++) {
                text[k] = alphabet[random.nextInt(1 + random.nextInt(alphabet.length))];
            }
            assertArrayEquals(SlowBpe.encode(tokenizer, text), tokenizer.encodeBytes(text));
        }
    }

    @Test
    void aMillionTimesOneCharacterComesBack() {
        Tokenizer tokenizer = Golden.bpe();
        for (String unit : List.of("a", " ", "é", "😀")) {
            String text = unit.repeat(1_000_000);
            assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
        }
    }

    @Test
    void parallelEncodingGivesTheIdsOfOneThread() throws IOException {
        Tokenizer tokenizer = Golden.bpe();
        String text = mixedText(4_000_000);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        IntArray alone = new IntArray(0);
        new PieceEncoder(Gpt2Pieces.GPT2, Golden.merger(tokenizer), null)
                .encode(utf8, utf8.length, alone);
        IntArray streamed = new IntArray(0);
        long count =
                tokenizer.encode(
                        new ByteArrayInputStream(utf8),
                        (ids, n, bytes) -> streamed.addAll(ids, 0, n));

        assertArrayEquals(alone.toArray(), tokenizer.encode(text));
        assertArrayEquals(alone.toArray(), streamed.toArray());
        assertEquals(alone.size(), count);
    }

    @Test
    void streamRefusesBytesThatAreNotUtf8ByPosition() {
        byte[] bytes = "word ".repeat(500_000).getBytes(StandardCharsets.UTF_8);
        bytes[2_000_003] = (byte) 0x80;

        UnencodableTextException e =
                assertThrows(
                        UnencodableTextException.class,
                        () ->
                                Golden.bpe()
                                        .encode(
                                                new ByteArrayInputStream(bytes),
                                                (ids, n, total) -> {}));
        assertEquals(2_000_003, e.position());
        assertTrue(e.getMessage().contains("0x80 at byte 2000003"), e.getMessage());
    }

    @Test
    void aFailingSinkStopsTheStream() {
        IOException full = new IOException("disk full");
        byte[] bytes = "word ".repeat(500_000).getBytes(StandardCharsets.UTF_8);

        IOException thrown =
                assertThrows(
                        IOException.class,
                        () ->
                                Golden.bpe()
                                        .encode(
                                                new ByteArrayInputStream(bytes),
                                                (ids, n, total) -> {
                                                    throw full;
                                                }));
        assertEquals(full, thrown);
    }

    private static boolean contains(int[] ids, int wanted) {
        for (int id : ids) {
            if (id == wanted) {
                return true;
            }
        }
        return false;
    }

    private static String rankLine(byte[] token, int rank) {
        return Base64.getEncoder().encodeToString(token) + " " + rank + "\n";
    }

    /// Words, runs without white space longer than a chunk's overlap, and every kind of space.
    private static String mixedText(int chars) {
        String[] units = {
            "the crow ",
            "didn't ",
            "'ll",
            " 's",
            "  ",
            "\n\n",
            "\t",
            "123",
            "風車",
            "\u3000",
            "😀",
            "é",
            "!?",
            "'",
            "\u00a0",
            "Fluß"
        };
        Random random = new Random(5);
        StringBuilder text = new StringBuilder();
        while (text.length() < chars) {
            text.append(units[random.nextInt(units.length)].repeat(1 + random.nextInt(3)));
            if (random.nextInt(200_000) == 0) {
                text.append("字".repeat(600_000));
            }
        }
        return text.toString();
    }
}
