package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.model.Model;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.UnencodableTextException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

class TextGeneratorTest {
    private static final Tokenizer LETTERS = CharTokenizer.train("\nabcdefgh");
    private static final Model MODEL = TinyModel.of(LETTERS.vocabularySize());
    private static final GenerationOptions OPTIONS =
            new GenerationOptions(SamplingOptions.UNCHANGED, 40, 7);

    /// A tokenizer of single bytes and an end-of-text token: characters beyond ASCII come in parts.
    private static final Tokenizer BYTES = new BpeTrainer(257).train("");

    @Test
    void streamedTextIsThatOfTheResultAndOfTheTokens() {
        try (var generator = TinyModel.open(MODEL, 1)) {
            StringBuilder streamed = new StringBuilder();
            GeneratedText result =
                    new TextGenerator(generator, LETTERS)
                            .generate("abc", OPTIONS, streamed::append);
            assertEquals(40, result.text().length());
            assertEquals(result.text(), streamed.toString());
            assertEquals(result.text(), LETTERS.decode(result.generation().tokens()));
        }
    }

    @Test
    void severalSamplesStreamSideBySide() {
        try (var generator = TinyModel.open(MODEL, 2)) {
            var texts = new TextGenerator(generator, LETTERS);
            List<int[]> prompts = Collections.nCopies(3, texts.tokens("abc"));
            List<StringBuilder> streamed =
                    List.of(new StringBuilder(), new StringBuilder(), new StringBuilder());
            List<GeneratedText> results =
                    texts.generate(
                            prompts,
                            OPTIONS,
                            (i, piece) -> {
                                streamed.get(i).append(piece);
                                return true;
                            });
            assertEquals(
                    results.stream().map(GeneratedText::text).toList(),
                    streamed.stream().map(StringBuilder::toString).toList());
            assertEquals(
                    results.getFirst().text(),
                    texts.generate("abc", OPTIONS, piece -> {}).text(),
                    "alone and among others");
        }
    }

    @Test
    void noPieceHoldsHalfACharacter() {
        List<String> pieces = new ArrayList<>();
        GeneratedText result = say("€uro😀é", pieces);
        assertEquals(List.of("€", "u", "r", "o", "😀", "é"), pieces);
        assertEquals("€uro😀é", result.text());
    }

    @Test
    void characterThatIsNeverCompletedBecomesReplacementCharacter() {
        List<String> pieces = new ArrayList<>();
        int[] cut = BYTES.encode("a😀");
        GeneratedText result = say(Arrays.copyOf(cut, cut.length - 1), List.of(), pieces);
        assertEquals(List.of("a", "\uFFFD"), pieces);
        assertEquals("a\uFFFD", result.text());
    }

    @Test
    void stopStringEndsTheTextBeforeItAndIsNotPrinted() {
        List<String> pieces = new ArrayList<>();
        GeneratedText result =
                say(BYTES.encode("one\nUser: two"), List.of("\nUser:", "###"), pieces);
        assertEquals("one", result.text());
        assertEquals("one", String.join("", pieces));
        assertEquals(Optional.of("\nUser:"), result.stopString());
        assertEquals(FinishReason.STOPPED, result.finishReason());
        assertEquals("one\nUser:", BYTES.decode(result.generation().tokens()));
    }

    @Test
    void endOfTextEndsTheTextAndIsNotPrinted() {
        int[] tokens = BYTES.encode("one two");
        tokens[3] = BYTES.endOfText().orElseThrow();
        GeneratedText result = say(tokens, List.of(), new ArrayList<>());
        assertEquals("one", result.text());
        assertEquals(FinishReason.END_TOKEN, result.finishReason());
    }

    @Test
    void listenerThatWantsNoMoreIsNotCalledAgain() {
        List<String> pieces = new ArrayList<>();
        try (var generator = TinyModel.open(MODEL, 1)) {
            var texts = new TextGenerator(generator, LETTERS).stoppingAt(List.of("abcdefgh"));
            List<GeneratedText> results =
                    texts.generate(
                            List.of(texts.tokens("abc")),
                            OPTIONS,
                            (i, piece) -> {
                                pieces.add(piece);
                                return pieces.size() < 3;
                            });
            assertEquals(3, pieces.size());
            assertEquals(String.join("", pieces), results.getFirst().text());
            assertEquals(FinishReason.STOPPED, results.getFirst().finishReason());
        }
    }

    /// A vocabulary rounded up, as GPT-2's often is, has logits that stand for nothing.
    @Test
    void tokensThatTheTokenizerDoesNotKnowAreNeverDrawn() {
        Model wide = TinyModel.of(64);
        try (var generator = TinyModel.open(wide, 1)) {
            GeneratedText result =
                    new TextGenerator(generator, LETTERS).generate("abc", OPTIONS, piece -> {});
            assertEquals(40, result.text().length());
        }
    }

    @Test
    void emptyPromptStartsAtEndOfTextOrNewline() {
        Model model = TinyModel.of(BYTES.vocabularySize());
        try (var letters = TinyModel.open(MODEL, 1);
                var bytes = TinyModel.open(model, 1)) {
            assertArrayEquals(new int[] {0}, new TextGenerator(letters, LETTERS).tokens(""));
            assertArrayEquals(
                    new int[] {BYTES.endOfText().orElseThrow()},
                    new TextGenerator(bytes, BYTES).tokens(""));
            assertRefused(
                    IllegalArgumentException.class,
                    "the prompt is empty, and the tokenizer has neither",
                    () -> new TextGenerator(letters, CharTokenizer.train("abc")).tokens(""));
        }
    }

    @Test
    void whatCannotBeContinuedIsRefused() {
        try (var generator = TinyModel.open(MODEL, 1)) {
            var texts = new TextGenerator(generator, LETTERS);
            assertRefused(
                    UnencodableTextException.class,
                    "character U+007A 'z'",
                    () -> texts.generate("abcz", OPTIONS, piece -> {}));
            assertRefused(
                    IllegalArgumentException.class,
                    "a stop string is empty",
                    () -> texts.stoppingAt(List.of("a", "")));
            assertRefused(
                    IllegalArgumentException.class,
                    "the tokenizer has 257 tokens but the model was made for 9",
                    () -> new TextGenerator(generator, BYTES));
        }
    }

    private static GeneratedText say(String text, List<String> pieces) {
        return say(BYTES.encode(text), List.of(), pieces);
    }

    /// Makes a model say given tokens: each step keeps the next of them.
    private static GeneratedText say(int[] tokens, List<String> stops, List<String> pieces) {
        SamplingStep script =
                (candidates, history) -> {
                    int next = tokens[history.generatedLength()];
                    candidates.retain((token, logit) -> token == next);
                };
        GenerationOptions options =
                new GenerationOptions(SamplingOptions.UNCHANGED, tokens.length, 1)
                        .withSampling(SamplingChain.of(script));
        try (var generator = TinyModel.open(TinyModel.of(BYTES.vocabularySize()), 1)) {
            return new TextGenerator(generator, BYTES)
                    .stoppingAt(stops)
                    .generate("x", options, pieces::add);
        }
    }

    private static <E extends Throwable> void assertRefused(
            Class<E> type, String start, Executable call) {
        E error = assertThrows(type, call);
        assertTrue(String.valueOf(error.getMessage()).startsWith(start), error::getMessage);
    }
}
