package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.Random;

/// Inputs that make a careless tokenizer quadratic: one long word, long runs of one character.
class LongInputsTest {

    private static final int LENGTH = 300_000;
    private static final String TEXT = Golden.json("trainers.json").get("text").asText();

    enum Kind {
        BYTE_LEVEL,
        WORD_PIECE,
        UNIGRAM,
        SENTENCE_PIECE_BPE
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void takeLinearTime(Kind kind) {
        Tokenizer tokenizer =
                switch (kind) {
                    case BYTE_LEVEL -> new BpeTrainer(500).train(TEXT);
                    case WORD_PIECE -> new WordPieceTrainer(300).train(TEXT);
                    case UNIGRAM ->
                            SentencePieceTrainer.exact(SentencePieceTrainer.Model.UNIGRAM, 500)
                                    .train(TEXT);
                    case SENTENCE_PIECE_BPE ->
                            SentencePieceTrainer.exact(SentencePieceTrainer.Model.BPE, 500)
                                    .train(TEXT);
                };
        StringBuilder word = new StringBuilder();
        new Random(5).ints(LENGTH, 'a', 'z' + 1).forEach(word::appendCodePoint);

        for (String text :
                new String[] {
                    "a".repeat(LENGTH),
                    " ".repeat(LENGTH),
                    "\n".repeat(LENGTH),
                    "\u00E9".repeat(LENGTH),
                    "\uD83D\uDE00".repeat(LENGTH / 2),
                    "e\u0301".repeat(LENGTH / 2),
                    word.toString()
                }) {
            String decoded =
                    assertTimeoutPreemptively(
                            Duration.ofSeconds(20), () -> tokenizer.decode(tokenizer.encode(text)));
            if (kind != Kind.WORD_PIECE) {
                assertEquals(text, decoded);
            }
        }
    }
}
