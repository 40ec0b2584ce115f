package io.tornadogpt.sampler.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.model.Model;
import io.tornadogpt.sampler.FinishReason;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.InvalidLogitsException;
import io.tornadogpt.sampler.SamplingChain;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.sampler.TinyModel;
import io.tornadogpt.sampler.WithoutCache;
import io.tornadogpt.sampler.engine.GenerationEvent.Finished;
import io.tornadogpt.sampler.engine.GenerationEvent.Piece;
import io.tornadogpt.sampler.engine.GenerationEvent.PromptRead;
import io.tornadogpt.sampler.engine.Request.PromptScores;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.Tokenizer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What one request may ask for: text, stop strings, scores, biases, constraints.
@Timeout(300)
class EngineTextTest {
    private static final int CONTEXT = 48;

    /// Single bytes and an end-of-text token.
    private static final Tokenizer BYTES = new BpeTrainer(257).train("");

    private static final int END = BYTES.endOfText().orElseThrow();

    /// Its vocabulary is rounded up.
    private static final Model MODEL = TinyModel.llama(260, CONTEXT);

    private static final Engine ENGINE =
            EngineTest.open(MODEL, EngineSettings.DEFAULT.withSlots(2).withTokenizer(BYTES));

    private static final GenerationOptions OPTIONS =
            new GenerationOptions(SamplingOptions.UNCHANGED, 20, 9);

    private static final int[] PROMPT = BYTES.encode("a prompt of some forty bytes, or fewer");

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    /// Allows the bytes of a text, one after the other, then nothing.
    private record Script(int[] tokens, int[] next) implements TokenConstraint {
        Script(int... tokens) {
            this(tokens, new int[1]);
        }

        @Override
        public BitSet allowed() {
            var allowed = new BitSet();
            if (next[0] < tokens.length) {
                allowed.set(tokens[next[0]]);
            }
            return allowed;
        }

        @Override
        public void accept(int token) {
            assertEquals(tokens[next[0]++], token);
        }
    }

    @Test
    void streamedTextIsInWholeCharactersAndEndsBeforeTheStopString() throws InterruptedException {
        Request request =
                Request.of(BYTES.encode("x"), OPTIONS.withMaxNewTokens(40))
                        .withStopStrings(List.of("\nUser:", "###"))
                        .withConstraint(new Script(BYTES.encode("€ 😀\nUse\nUser: two")));
        List<String> pieces = new ArrayList<>();
        try (GenerationStream stream = ENGINE.submit(request)) {
            GenerationEvent event = stream.next();
            while (!(event instanceof Finished)) {
                if (event instanceof Piece piece && !piece.text().isEmpty()) {
                    pieces.add(piece.text());
                }
                event = stream.next();
            }
            assertEquals(List.of("€", " ", "😀", "\nUse"), pieces);
            Finished end = stream.finished();
            assertEquals("€ 😀\nUse", end.text());
            assertEquals(Optional.of("\nUser:"), end.stopString());
            assertEquals(FinishReason.STOPPED, end.reason());
        }
    }

    @Test
    void characterThatIsNeverCompletedBecomesReplacementCharacter() throws InterruptedException {
        int[] cut = Arrays.copyOf(BYTES.encode("a😀"), 4);
        Finished end =
                ENGINE.generate(
                        Request.of(BYTES.encode("x"), OPTIONS).withConstraint(new Script(cut)));
        assertEquals("a\uFFFD", end.text());
        assertEquals(FinishReason.END_TOKEN, end.reason(), "nothing more was allowed");
        assertEquals(4, end.tokens().size());
    }

    @Test
    void textEndsAtEndTokensOfRequestAndTokenizer() throws InterruptedException {
        int[] script = BYTES.encode("one two");
        script[3] = END;
        Request request = Request.of(BYTES.encode("x"), OPTIONS);
        Finished end = ENGINE.generate(request.withConstraint(new Script(script)));
        assertEquals("one", end.text());
        assertEquals(FinishReason.END_TOKEN, end.reason());
        Request own = Request.of(BYTES.encode("x"), OPTIONS.withEndTokens(Set.of(script[1], END)));
        assertEquals("o", ENGINE.generate(own.withConstraint(new Script(script))).text());
    }

    @Test
    void tokensThatTheTokenizerDoesNotKnowAreNeverDrawn() throws InterruptedException {
        Request request = Request.of(PROMPT, OPTIONS.withMaxNewTokens(9));
        Finished end = ENGINE.generate(request.withBias(Map.of(257, 1000.0, 259, 1000.0)));
        assertTrue(end.tokens().stream().allMatch(token -> token < 257), end::toString);
        assertEquals(9, end.tokens().size());
    }

    @Test
    void scoresAreTheModelsOwnLogProbabilitiesAndChangeNothing() throws InterruptedException {
        Request plain = Request.of(Arrays.copyOf(PROMPT, 20), OPTIONS);
        Finished expected = ENGINE.generate(plain);
        List<TokenScore> scores = new ArrayList<>();
        Finished end = listen(plain.withScores(3), new ArrayList<>(), scores);
        assertEquals(expected.tokens(), end.tokens());
        assertEquals(end.tokens(), scores.stream().map(TokenScore::token).toList());
        try (var uncached = new WithoutCache(MODEL)) {
            int[] tokens = Arrays.copyOf(PROMPT, 20);
            for (TokenScore score : scores) {
                assertScore(uncached.logits(tokens), score, 3);
                tokens = Arrays.copyOf(tokens, tokens.length + 1);
                tokens[tokens.length - 1] = score.token();
            }
        }
    }

    @Test
    void scoresChangeNoDrawThatTheDeviceMakes() throws InterruptedException {
        Model exact = TinyModel.of(11, 30); // no tokenizer: the device draws
        try (Engine engine = EngineTest.open(exact, EngineSettings.DEFAULT.withSlots(1))) {
            Request plain = Request.of(EngineTest.prompt(5), OPTIONS);
            List<TokenScore> scores = new ArrayList<>();
            Finished scored = listen(engine.submit(plain.withScores(0)), new ArrayList<>(), scores);
            assertEquals(engine.generate(plain).tokens(), scored.tokens());
            assertEquals(20, scores.size());
        }
    }

    @Test
    void promptHasScoresOfAllItsTokensButTheFirst() throws InterruptedException {
        for (PromptScores kind : List.of(PromptScores.ALONE, PromptScores.THEN_TEXT)) {
            List<TokenScore> prompt = new ArrayList<>();
            Request request = Request.of(PROMPT, OPTIONS.withMaxNewTokens(5));
            Finished end = listen(request.withPromptScores(kind, 2), prompt, new ArrayList<>());
            assertEquals(PROMPT.length - 1, prompt.size());
            try (var uncached = new WithoutCache(MODEL)) {
                for (int i = 1; i < PROMPT.length; i++) {
                    assertEquals(PROMPT[i], prompt.get(i - 1).token());
                    assertScore(uncached.logits(Arrays.copyOf(PROMPT, i)), prompt.get(i - 1), 2);
                }
            }
            if (kind == PromptScores.ALONE) {
                assertEquals(List.of(), end.tokens());
            } else {
                assertEquals(ENGINE.generate(request).tokens(), end.tokens());
            }
        }
    }

    private static void assertScore(float[] logits, TokenScore score, int alternatives) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        double[] expected = new double[logits.length];
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < logits.length; i++) {
            expected[i] = Math.log(Math.exp(logits[i]) / sum);
            order.add(i);
        }
        order.sort((a, b) -> Double.compare(expected[b], expected[a]));
        assertEquals(expected[score.token()], score.logProbability(), 1e-4);
        assertEquals(
                order.subList(0, alternatives),
                score.top().stream().map(TokenScore.Alternative::token).toList());
        for (TokenScore.Alternative top : score.top()) {
            assertEquals(expected[top.token()], top.logProbability(), 1e-4);
        }
    }

    @Test
    void biasMakesATokenCertainOrImpossible() throws InterruptedException {
        int x = BYTES.encode("x")[0];
        GenerationOptions greedy = OPTIONS.withSampling(SamplingChain.GREEDY).withMaxNewTokens(4);
        Request request = Request.of(BYTES.encode("a"), greedy);
        assertEquals("xxxx", ENGINE.generate(request.withBias(Map.of(x, 1000.0))).text());
        int first = ENGINE.generate(request).tokens().getFirst();
        assertFalse(
                ENGINE.generate(request.withBias(Map.of(first, -1000.0))).tokens().contains(first));
        assertThrows(IllegalArgumentException.class, () -> request.withBias(Map.of(x, Double.NaN)));
    }

    @Test
    void requestWithoutATokenToDrawFailsByItself() {
        SamplingChain nothing =
                SamplingChain.of((candidates, history) -> candidates.retain((t, logit) -> false));
        Request request = Request.of(PROMPT, OPTIONS.withSampling(nothing));
        var failure = assertThrows(GenerationFailedException.class, () -> ENGINE.generate(request));
        assertEquals(
                InvalidLogitsException.class,
                Optional.ofNullable(failure.getCause()).orElseThrow().getClass());
    }

    private static Finished listen(
            Request request, List<TokenScore> prompt, List<TokenScore> scores)
            throws InterruptedException {
        return listen(ENGINE.submit(request), prompt, scores);
    }

    private static Finished listen(
            GenerationStream stream, List<TokenScore> prompt, List<TokenScore> scores)
            throws InterruptedException {
        while (true) {
            switch (stream.next()) {
                case PromptRead read -> prompt.addAll(read.scores());
                case Piece piece -> scores.addAll(piece.scores());
                case Finished end -> {
                    return end;
                }
            }
        }
    }
}
