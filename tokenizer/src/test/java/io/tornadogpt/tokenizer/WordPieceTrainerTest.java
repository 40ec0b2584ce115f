package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

class WordPieceTrainerTest {

    private static final JsonNode GOLDEN = Golden.json("trainers.json");
    private static final String TEXT = GOLDEN.get("text").asText();

    @TempDir private Path directory;

    @Test
    void givesHuggingFacesVocabulary() {
        Tokenizer trained = new WordPieceTrainer(400).train(TEXT);

        List<String> tokens = new ArrayList<>();
        for (int id = 0; id < trained.vocabularySize(); id++) {
            tokens.add(trained.token(id));
        }
        List<String> expected = new ArrayList<>();
        GOLDEN.get("wordpiece").forEach(token -> expected.add(token.asText()));
        assertEquals(expected, tokens);
    }

    @Test
    void hasBertsTokensAndRolesInMemoryAndFromItsFiles() throws IOException {
        Tokenizer trained = new WordPieceTrainer(300).train(TEXT);
        trained.save(directory);
        for (Tokenizer tokenizer : List.of(trained, Tokenizer.load(directory))) {
            assertEquals(
                    List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
                    List.copyOf(tokenizer.specialTokens().keySet()));
            assertEquals(OptionalInt.of(0), tokenizer.tokenFor(TokenRole.PAD));
            assertEquals(OptionalInt.of(1), tokenizer.tokenFor(TokenRole.UNK));
            assertEquals(OptionalInt.of(2), tokenizer.tokenFor(TokenRole.CLS));
            assertEquals(OptionalInt.of(3), tokenizer.tokenFor(TokenRole.SEP));
            assertEquals(OptionalInt.of(4), tokenizer.tokenFor(TokenRole.MASK));
            Encoding pair = tokenizer.encodeForModel("[MASK] ka", "ro");
            assertEquals(2, pair.ids()[0]);
            assertEquals(4, pair.ids()[1]);
            assertEquals(3, pair.ids()[pair.size() - 1]);
            assertEquals(1, pair.typeIds()[pair.size() - 1]);
        }
    }

    @Test
    void encodesAlikeFromItsFiles() throws IOException {
        Tokenizer trained = new WordPieceTrainer(350).train(TEXT);
        trained.save(directory);
        String heldOut = GOLDEN.get("held_out").asText();

        int[] ids = trained.encode(heldOut);

        assertArrayEquals(ids, Tokenizer.load(directory).encode(heldOut));
        assertArrayEquals(ids, Tokenizer.load(directory.resolve("tokenizer.json")).encode(heldOut));
        assertArrayEquals(ids, Tokenizer.load(directory.resolve("vocab.txt")).encode(heldOut));
    }

    /// `z` and `y` are equally rare; the larger code point goes first.
    @Test
    void theAlphabetKeepsTheMostFrequentCharacters() {
        Tokenizer trained =
                new WordPieceTrainer(50, 1, 3, true, WordPieceTrainer.BERT_TOKENS)
                        .train("aab aab z y b");

        assertTrue(trained.id("a").isPresent() && trained.id("y").isPresent());
        assertTrue(trained.id("z").isEmpty());
        assertArrayEquals(new int[] {1}, trained.encode("z"));
    }

    @Test
    void upperCaseStaysWhereItIsAskedFor() {
        var trainer = new WordPieceTrainer(60, 1, 100, false, WordPieceTrainer.BERT_TOKENS);
        Tokenizer trained = trainer.train("Ärger Ärger");

        assertEquals("Ärger", trained.decode(trained.encode("Ärger")));
    }

    @Test
    void refusesSettingsThatCannotBe() {
        List<String> bert = WordPieceTrainer.BERT_TOKENS;
        for (Runnable bad :
                List.<Runnable>of(
                        () -> new WordPieceTrainer(5),
                        () -> new WordPieceTrainer(1 << 21),
                        () -> new WordPieceTrainer(100, 0, 100, true, bert),
                        () -> new WordPieceTrainer(100, 1, 0, true, bert),
                        () -> new WordPieceTrainer(100, 1, 100, true, List.of("[CLS]")),
                        () -> new WordPieceTrainer(100, 1, 9, true, List.of("[UNK]", "[UNK]")))) {
            assertThrows(IllegalArgumentException.class, bad::run);
        }
    }
}
