package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;

class MalformedTokenizerTest {

    private static final String BYTE_LEVEL =
            """
            {"added_tokens": [{"id": 4, "content": "<|endoftext|>", "special": true,
              "single_word": false, "lstrip": false, "rstrip": false}],
             "normalizer": null,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "post_processor": null,
             "decoder": {"type": "ByteLevel"},
             "model": {"type": "BPE", "dropout": null, "byte_fallback": false,
               "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3},
               "merges": ["a b"]}}
            """;

    @TempDir private Path directory;

    @Test
    void theTemplateItselfIsFine() throws IOException {
        assertEquals(5, Tokenizer.load(write(BYTE_LEVEL)).vocabularySize());
    }

    /// What is replaced by what in the template, and a part of the sentence that has to come.
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "\"a b\"~\"a x\"~model.merges[0] names the unknown token \"x\"",
                "\"a b\"~\"b c\"~model.merges[0] names the unknown token \"bc\"",
                "\"a b\"~\"ab\"~model.merges[0] is \"ab\"; expected two tokens",
                "\"a b\"~\"a b c\"~model.merges[0] is \"a b c\"; expected two tokens",
                "\"a b\"~[\"a\"]~model.merges[0][1] is shorter where a token was expected",
                "\"a b\"~[\"a\", \"b\", \"c\"]~model.merges[0] is a string where two tokens",
                "\"a b\"~7~model.merges[0] is a number",
                "[\"a b\"]~null~model.merges is missing",
                "\"a b\"~\"a <|endoftext|>\"~names the unknown token",
                "\"ab\": 3~\"ab\": 1~gives id 1 to both \"b\" and \"ab\"",
                "\"ab\": 3~\"ab\": -1~model.vocab[\"ab\"] is -1; expected a token id",
                "\"ab\": 3~\"ab\": 3.0~model.vocab[\"ab\"] is a number where a token id",
                "\"ab\": 3~\"ab\": 99999999999~model.vocab[\"ab\"] is 99999999999",
                "\"ab\": 3~\"ab\": 999999999999999999999~model.vocab[\"ab\"] is 999",
                "\"ab\": 3~\"ab\": \"3\"~model.vocab[\"ab\"] is a string",
                "\"ab\": 3~\"a\": 3~Duplicate field 'a'",
                "\"ab\": 3~\"a b\": 3~names the unknown token \"ab\"",
                "\"ab\": 3~\"\": 3~names the unknown token \"ab\"",
                "\"id\": 4~\"id\": 3~gives id 3 to both \"ab\" and \"<|endoftext|>\"",
                "\"<|endoftext|>\"~\"ab\"~the id 4 but model.vocab gives it 3",
                "\"lstrip\": false~\"lstrip\": 3~added_tokens[0].lstrip is 3; expected true",
                "\"content\": \"<|endoftext|>\",~~added_tokens[0] lacks its content or id",
                "\"BPE\"~\"Bpe\"~model.type \"Bpe\" is not supported; expected \"BPE\"",
                "\"dropout\": null~\"dropout\": 0.1~model.dropout 0.1 is not supported",
                "\"byte_fallback\": false~\"byte_fallback\": 3~model.byte_fallback is 3; expected",
                "\"normalizer\": null~\"normalizer\": {\"type\": \"Nfc\"}~normalizer \"Nfc\" is"
                        + " not supported; expected one of",
                "{\"type\": \"ByteLevel\", \"add~{\"type\": \"Metaspace\","
                        + " \"add~pre_tokenizer.replacement is missing",
                "space\": false~space\": false, \"use_regex\": 1~pre_tokenizer.use_regex is 1",
                "space\": false~space\": 3~pre_tokenizer.add_prefix_space is 3; expected",
                "\"decoder\": {\"type\": \"ByteLevel\"}~\"decoder\": {\"type\": \"Fused\"}~decoder"
                        + " \"Fused\"",
                "\"post_processor\": null~\"post_processor\": {\"type\":"
                        + " \"TemplateProcessing\"}~post_processor",
                "\"vocab\"~\"words\"~model.vocab is missing",
                "\"merges\"~\"rules\"~model.merges is missing",
                "\"model\"~\"models\"~model.vocab is missing",
                "[\"a b\"]}}~[\"a b\"]}}{}~text follows the JSON document",
                "[\"a b\"]}}~[\"a b\"]~not a valid JSON document at line",
                "\"post_processor\": null~\"x\":"
                        + " 1e9999999999999999999999999999999999999999999~Number value length",
            })
    void refusesInOneSentenceThatNamesFileAndField(String from, String to, String expected)
            throws IOException {
        String json = BYTE_LEVEL.replace(from, to == null ? "" : to);
        assertTrue(!json.equals(BYTE_LEVEL), "the template has no " + from);
        Path file = write(json);

        TokenizerFormatException e =
                assertThrows(TokenizerFormatException.class, () -> Tokenizer.load(file));
        assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    }

    @Test
    void refusesDeepJson() throws IOException {
        String deep = "[".repeat(100_000);
        Path file = write("{\"truncation\": " + deep);

        assertThrows(TokenizerFormatException.class, () -> Tokenizer.load(file));
    }

    @Test
    void refusesAHugeFileUnread() throws IOException {
        Path file = directory.resolve("tokenizer.json");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(10L << 30);
        }

        TokenizerFormatException e =
                assertThrows(TokenizerFormatException.class, () -> Tokenizer.load(file));
        assertTrue(e.getMessage().contains("holds 10737418240 bytes"), e.getMessage());
    }

    @Test
    void refusesWhatIsNotThere() {
        Path missing = directory.resolve("missing.json");

        for (Path path : List.of(missing, directory)) {
            TokenizerFormatException e =
                    assertThrows(TokenizerFormatException.class, () -> Tokenizer.load(path));
            assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
        }
    }

    @Test
    void refusesMergesThatAreNotPairs() throws IOException {
        Path vocabulary = directory.resolve("vocab.json");
        Path merges = directory.resolve("merges.txt");
        Files.writeString(vocabulary, "{\"a\": 0, \"b\": 1, \"ab\": 2}");
        for (String line : List.of("ab", "a b c", "a ", " b", "a x")) {
            Files.writeString(merges, "#version: 0.2\n" + line + "\n");
            TokenizerFormatException e =
                    assertThrows(
                            TokenizerFormatException.class,
                            () -> Tokenizer.load(vocabulary, merges));
            assertTrue(e.getMessage().startsWith(merges.toString()), e.getMessage());
        }
        Files.write(merges, new byte[] {'a', ' ', (byte) 0xFF});
        assertThrows(TokenizerFormatException.class, () -> Tokenizer.load(vocabulary, merges));
    }

    @ParameterizedTest
    @CsvSource({
        "YWI=,line 257 is not a token in base64",
        "Y!I= 256,line 257 is not base64",
        "YWI= x,line 257 has the rank \"x\"",
        "YWI= -1,line 257 has the rank \"-1\"",
        "YWI= 99999999999,line 257 has the rank",
        "YWI= 0,rank 0 is given twice",
        "YQ== 256,line 257 repeats a token",
        "YWI= 300,rank 300 is given but there are only 257 tokens",
    })
    void refusesRankFilesByLine(String line, String expected) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int b = 0; b < 256; b++) {
            String token = Base64.getEncoder().encodeToString(new byte[] {(byte) b});
            lines.append(token).append(' ').append(b).append('\n');
        }
        Path file = directory.resolve("bad.tiktoken");
        Files.writeString(file, lines + line + "\n");

        TokenizerFormatException e =
                assertThrows(TokenizerFormatException.class, () -> Tokenizer.load(file));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    /// By hand `-Dtornadogpt.mutants=20000` tries as many of each format.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "tokenizer.json",
                "small.tiktoken",
                "tokenizer.model",
                "vocab.txt",
                "merges.txt"
            })
    void mutantsOfValidFilesAreReadOrRefusedInBoundedMemory(String format) throws IOException {
        List<byte[]> originals = originals(format);
        Path file = Files.createDirectory(directory.resolve("mutant")).resolve(format);
        Path beside = file.resolveSibling("vocab.json");
        for (int seed = 0; seed < MUTANTS; seed++) {
            byte[] mutant = mutate(originals.get(seed % originals.size()), new Random(seed));
            Files.write(file, mutant);
            if (format.equals("merges.txt")) {
                Files.writeString(beside, "{\"a\": 0, \"b\": 1, \"ab\": 2, \"abab\": 3}");
                loadWithinBound(beside, file, mutant.length, seed);
                Files.move(file, beside, StandardCopyOption.REPLACE_EXISTING);
                Files.writeString(file, "#version: 0.2\na b\n");
                loadWithinBound(beside, file, mutant.length, seed);
            } else {
                loadWithinBound(file, null, mutant.length, seed);
            }
        }
    }

    private static final int MUTANTS = Integer.getInteger("tornadogpt.mutants", 300);

    private List<byte[]> originals(String format) throws IOException {
        String text = Golden.json("trainers.json").get("text").asText().substring(0, 4_000);
        Path made = directory.resolve("made");
        List<byte[]> originals = new ArrayList<>();
        switch (format) {
            case "tokenizer.json" -> {
                originals.add(BYTE_LEVEL.getBytes(StandardCharsets.UTF_8));
                originals.add(Files.readAllBytes(Golden.file("tokenizer.json")));
                CharTokenizer.train("h\u00E9llo\n\uD83D\uDE00", "<s>").save(made);
                originals.add(Files.readAllBytes(made.resolve(format)));
                new WordPieceTrainer(60).train(text).save(made);
                originals.add(Files.readAllBytes(made.resolve(format)));
                for (var model : SentencePieceTrainer.Model.values()) {
                    SentencePieceTrainer.exact(model, 330).train(text).save(made);
                    originals.add(Files.readAllBytes(made.resolve(format)));
                }
            }
            case "tokenizer.model" -> {
                for (var model : SentencePieceTrainer.Model.values()) {
                    SentencePieceTrainer.exact(model, 330).train(text).save(made);
                    originals.add(Files.readAllBytes(made.resolve(format)));
                }
                new SentencePieceTrainer(SentencePieceTrainer.Model.UNIGRAM, 100)
                        .train(text)
                        .save(made);
                originals.add(Files.readAllBytes(made.resolve(format)));
            }
            case "vocab.txt" -> {
                new WordPieceTrainer(100).train(text).save(made);
                originals.add(Files.readAllBytes(made.resolve(format)));
            }
            case "merges.txt" ->
                    originals.add("#version: 0.2\na b\nab ab\n".getBytes(StandardCharsets.UTF_8));
            default -> originals.add(Files.readAllBytes(Golden.file(format)));
        }
        return originals;
    }

    private static void loadWithinBound(Path file, @Nullable Path merges, int length, int seed) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            Tokenizer read = merges == null ? Tokenizer.load(file) : Tokenizer.load(file, merges);
            read.decode(read.encode("H\u00E9llo wor[UNK]"));
        } catch (TokenizerFormatException expected) {
            assertTrue(
                    expected.getMessage().startsWith(file.toString())
                            || (merges != null
                                    && expected.getMessage().startsWith(merges.toString())),
                    "seed " + seed + ": " + expected.getMessage());
        } catch (UnencodableTextException expected) {
            // A vocabulary need not have every character.
        } catch (IOException | RuntimeException e) {
            throw new AssertionError("mutant of seed " + seed, e);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated <= 12L * length + (16 << 20), "seed " + seed + ": " + allocated);
    }

    private static byte[] mutate(byte[] original, Random random) {
        byte[] mutant = original.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && mutant.length > 1; i++) {
            int at = random.nextInt(mutant.length);
            switch (random.nextInt(4)) {
                case 0 -> mutant[at] = (byte) random.nextInt(256);
                case 1 -> mutant = Arrays.copyOf(mutant, at);
                case 2 -> {
                    byte[] tokens = "{}[]\",:0919".getBytes(StandardCharsets.UTF_8);
                    mutant[at] = tokens[random.nextInt(tokens.length)];
                }
                default -> {
                    int length = Math.min(mutant.length - at, 1 + random.nextInt(40));
                    int to = random.nextInt(mutant.length - length + 1);
                    System.arraycopy(mutant, at, mutant, to, length);
                }
            }
        }
        return mutant;
    }

    private Path write(String json) throws IOException {
        return Files.writeString(directory.resolve("tokenizer.json"), json);
    }
}
