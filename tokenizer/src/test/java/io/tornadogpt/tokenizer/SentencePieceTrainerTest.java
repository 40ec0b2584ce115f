package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.tokenizer.SentencePieceTrainer.Model;
import io.tornadogpt.tokenizer.SentencePieceTrainer.Normalization;
import io.tornadogpt.tokenizer.SentencePieceTrainer.Pieces;
import io.tornadogpt.tokenizer.SentencePieceTrainer.Text;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class SentencePieceTrainerTest {

    private static final JsonNode GOLDEN = Golden.json("trainers.json");
    private static final String TEXT = GOLDEN.get("text").asText();
    private static final String HELD_OUT = GOLDEN.get("held_out").asText();

    @TempDir private Path directory;

    @Test
    void bytePairEncodingGivesSentencePiecesPieces() {
        Tokenizer trained = SentencePieceTrainer.exact(Model.BPE, 700).train(TEXT);

        assertEquals(strings(GOLDEN.get("spbpe").get("pieces")), tokens(trained));
        assertEquals(GOLDEN.get("spbpe").get("held_out").asInt(), trained.encode(HELD_OUT).length);
    }

    @Test
    void namedSymbolsComeFirstAndAreNoPartOfOtherPieces() {
        JsonNode golden = GOLDEN.get("spbpe_symbols");
        Tokenizer trained =
                new SentencePieceTrainer(
                                Model.BPE,
                                300,
                                SentencePieceTrainer.DEFAULT_TEXT,
                                SentencePieceTrainer.DEFAULT_PIECES,
                                List.of("<c>"),
                                List.of("tes", "<sep>"))
                        .train(TEXT);

        assertEquals(strings(golden.get("pieces")), tokens(trained));
        assertEquals(golden.get("held_out").asInt(), trained.encode(HELD_OUT).length);
        assertEquals(5, trained.encode("<sep>")[1]);
    }

    /// A text about tokenizers, or one whose rare words were replaced, names them.
    @Test
    void specialPiecesThatTheTextNamesAreNoPartOfOtherPieces() {
        JsonNode golden = GOLDEN.get("spbpe_reserved");
        String naming = TEXT.replace(" 42 ", " <unk>ka</s> <0x41>ro ");
        Tokenizer trained = SentencePieceTrainer.exact(Model.BPE, 400).train(naming);

        assertEquals(strings(golden.get("pieces")), tokens(trained));
        assertEquals(golden.get("held_out").asInt(), trained.encode(HELD_OUT).length);
    }

    /// SentencePiece adds up in single precision, so that single pieces may differ.
    @ParameterizedTest
    @CsvSource({"unigram, 700", "unigram_default, 400"})
    void aUnigramModelNeedsAsManyTokensAsSentencePieces(String run, int size) {
        Tokenizer trained =
                (run.equals("unigram")
                                ? SentencePieceTrainer.exact(Model.UNIGRAM, size)
                                : new SentencePieceTrainer(Model.UNIGRAM, size))
                        .train(TEXT);

        int expected = GOLDEN.get(run).get("held_out").asInt();
        assertEquals(size, trained.vocabularySize());
        assertEquals(expected, trained.encode(HELD_OUT).length, 0.01 * expected);
    }

    @ParameterizedTest
    @EnumSource(Model.class)
    void exactSettingsGiveBackWhatTheyRead(Model model) {
        Tokenizer trained = SentencePieceTrainer.exact(model, 600).train(TEXT);

        for (String text :
                List.of(
                        "  two  spaces ",
                        "tabs\tand\r\nlines\n\n",
                        "naïve 😀 слово 中文",
                        "\u0000\uFFFD",
                        HELD_OUT)) {
            assertEquals(text, trained.decode(trained.encode(text)));
        }
    }

    @ParameterizedTest
    @EnumSource(Model.class)
    void encodesAlikeFromItsFiles(Model model) throws IOException {
        Tokenizer trained = new SentencePieceTrainer(model, 500).train(TEXT);
        trained.save(directory);

        int[] ids = trained.encode(HELD_OUT.replace('\n', ' '));

        for (String name : List.of("", "tokenizer.model", "tokenizer.json")) {
            Tokenizer read = Tokenizer.load(directory.resolve(name));
            assertArrayEquals(ids, read.encode(HELD_OUT.replace('\n', ' ')), name);
        }
    }

    @Test
    void normalizesByTheRulesOfItsName() {
        Tokenizer translation = trained(Normalization.NMT_NFKC);
        Tokenizer unicode = trained(Normalization.NFKC);

        String text = "ｋａ\u200Bro ﬁ\u0001 \uFF5E \u304B\u3099";
        assertEquals("ka ro fi \uFF5E \u304C", roundTrip(translation, text));
        assertEquals("ka\u200Bro fi\u0001 ~ \u304C", roundTrip(unicode, text));
    }

    private static Tokenizer trained(Normalization normalization) {
        Text text = new Text(normalization, true, true);
        return new SentencePieceTrainer(
                        Model.BPE,
                        600,
                        text,
                        SentencePieceTrainer.EXACT_PIECES,
                        List.of(),
                        List.of())
                .train(TEXT);
    }

    private static String roundTrip(Tokenizer tokenizer, String text) {
        return tokenizer.decode(tokenizer.encode(text));
    }

    @Test
    void piecesKeepTheRules() {
        Pieces rules = new Pieces(1, false, 4, false, false, false, false, false);
        Tokenizer trained =
                new SentencePieceTrainer(
                                Model.UNIGRAM,
                                250,
                                SentencePieceTrainer.DEFAULT_TEXT,
                                rules,
                                List.of(),
                                List.of())
                        .train(TEXT);

        List<String> ordinary = tokens(trained).subList(3, trained.vocabularySize());
        assertTrue(ordinary.stream().allMatch(p -> p.codePointCount(0, p.length()) <= 4));
        assertTrue(ordinary.stream().anyMatch(p -> p.indexOf('\u2581', 1) > 0));
    }

    /// Neither one long word nor one long run of a character makes training quadratic.
    @ParameterizedTest
    @EnumSource(Model.class)
    void longRunsTakeLinearTime(Model model) {
        String text = "a".repeat(300_000) + "\n" + "ab".repeat(100_000) + "\n" + TEXT;

        Tokenizer trained =
                assertTimeoutPreemptively(
                        Duration.ofSeconds(20),
                        () -> SentencePieceTrainer.exact(model, 500).train(text));
        assertEquals(500, trained.vocabularySize());
        assertTrue(trained.encode("a".repeat(160)).length <= 11);
    }

    @Test
    void saysHowLargeAVocabularyTheCharactersNeed() {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> SentencePieceTrainer.exact(Model.UNIGRAM, 262).train(TEXT));
        assertTrue(
                e.getMessage().startsWith("vocabularySize is 262, but 259 special"), e::getMessage);
    }

    @Test
    void givesFewerTokensWhereTheTextHasNoMore() {
        for (Model model : Model.values()) {
            Tokenizer trained = SentencePieceTrainer.exact(model, 10_000).train("one two one");

            assertTrue(trained.vocabularySize() < 300, trained::toString);
            assertEquals("one two", roundTrip(trained, "one two"));
        }
    }

    @Test
    void anEmptyTextGivesBytes() {
        for (Model model : Model.values()) {
            Tokenizer trained = SentencePieceTrainer.exact(model, 300).train("");

            assertEquals(259, trained.vocabularySize());
            assertArrayEquals(new int[] {3 + 0xC3, 3 + 0xA9}, tail(trained.encode("é"), 2));
        }
    }

    private static int[] tail(int[] ids, int count) {
        return Arrays.copyOfRange(ids, ids.length - count, ids.length);
    }

    @Test
    void refusesSettingsThatCannotBe() {
        for (Runnable bad :
                List.<Runnable>of(
                        () -> new SentencePieceTrainer(Model.BPE, 3),
                        () -> SentencePieceTrainer.exact(Model.BPE, 259),
                        () -> new Pieces(0.5, false, 16, true, true, true, false, false),
                        () -> new Pieces(1, false, 0, true, true, true, false, false),
                        () -> named("<s>"),
                        () -> named(""),
                        () -> named("<0x41>"),
                        () -> named("a\tb"))) {
            assertThrows(IllegalArgumentException.class, bad::run);
        }
    }

    private static void named(String symbol) {
        new SentencePieceTrainer(
                Model.BPE,
                1_000,
                SentencePieceTrainer.EXACT_TEXT,
                SentencePieceTrainer.EXACT_PIECES,
                List.of(),
                List.of(symbol));
    }

    private static List<String> tokens(Tokenizer tokenizer) {
        List<String> tokens = new ArrayList<>();
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            tokens.add(tokenizer.token(id));
        }
        return tokens;
    }

    private static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>();
        array.forEach(each -> strings.add(each.asText()));
        return strings;
    }
}
