package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Program;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

class GeneratorTest {
    private static final int VOCABULARY = 11;
    private static final Model MODEL = TinyModel.of(VOCABULARY);

    /// Three times the block, under every step.
    private static final GenerationOptions OPTIONS =
            new GenerationOptions(
                    new SamplingOptions(0.9, 8, 0.95, 0.01, 1.1, 0.1, 0.1),
                    3 * TinyModel.BLOCK_SIZE,
                    42);

    /// From one token to more than the block.
    private static final List<int[]> PROMPTS =
            IntStream.of(3, 1, 9, 8, 2, 12, 7).mapToObj(GeneratorTest::prompt).toList();

    private static final List<Model> MODELS =
            List.of(
                    MODEL,
                    TinyModel.windowed(VOCABULARY),
                    TinyModel.llama(VOCABULARY, TinyModel.BLOCK_SIZE),
                    TinyModel.llama(VOCABULARY, TinyModel.BLOCK_SIZE, new Position.Alibi(1, false)),
                    TinyModel.llama(VOCABULARY, TinyModel.BLOCK_SIZE, new Position.None()));

    /// Drawn by the device, and by the host where there is a step of one's own.
    static List<SamplingChain> chains() {
        var chains = new ArrayList<SamplingChain>();
        for (double temperature : new double[] {0, 0.7, 1.5}) {
            SamplingOptions options = SamplingOptions.UNCHANGED.withTemperature(temperature);
            chains.add(options.chain());
            chains.add(options.withTopK(4).chain());
            chains.add(options.chain().then((candidates, history) -> {}));
        }
        return chains;
    }

    @ParameterizedTest
    @MethodSource("chains")
    void tokensAreThoseOfModelWithoutCache(SamplingChain chain) {
        GenerationOptions options = OPTIONS.withSampling(chain);
        try (var generator = TinyModel.open(MODEL, 3);
                var uncached = new WithoutCache(MODEL)) {
            List<Generation> generations = generator.generate(PROMPTS, options, TokenListener.NONE);
            for (int i = 0; i < PROMPTS.size(); i++) {
                assertArrayEquals(
                        uncached.generate(PROMPTS.get(i), options, i),
                        generations.get(i).tokens(),
                        "prompt " + i);
            }
        }
    }

    static List<Model> models() {
        return MODELS;
    }

    /// However a model knows positions: beyond the context it reads the last tokens anew.
    @ParameterizedTest
    @MethodSource("models")
    void tokensOfEveryKindOfModelAreThoseWithoutCache(Model model) {
        try (var generator = TinyModel.open(model, 3);
                var uncached = new WithoutCache(model)) {
            List<Generation> generations = generator.generate(PROMPTS, OPTIONS, TokenListener.NONE);
            for (int i = 0; i < PROMPTS.size(); i++) {
                assertArrayEquals(
                        uncached.generate(PROMPTS.get(i), OPTIONS, i),
                        generations.get(i).tokens(),
                        "prompt " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void eachSequenceHasItsOwnOptions(Model model) {
        int[] ordinary = {7, 3};
        List<GenerationOptions> options =
                List.of(
                        OPTIONS,
                        OPTIONS.withSampling(SamplingChain.GREEDY).withMaxNewTokens(5),
                        OPTIONS.withSeed(7).withSampling(SamplingOptions.DEFAULT.chain()),
                        OPTIONS.withFirstSequence(3).withEndTokens(Set.of(ordinary[0], 4)),
                        OPTIONS.withSampling(SamplingOptions.UNCHANGED.withTopK(2).chain()),
                        OPTIONS.withMaxNewTokens(1),
                        OPTIONS.withSampling(SamplingOptions.UNCHANGED.chain()).withSeed(-1));
        List<Prompt> prompts =
                IntStream.range(0, options.size())
                        .mapToObj(i -> new Prompt(PROMPTS.get(i), options.get(i)))
                        .toList();
        try (var generator = TinyModel.open(model, 3)) {
            List<int[]> alone =
                    prompts.stream()
                            .map(p -> generator.generate(p.tokens(), p.options()).tokens())
                            .toList();
            assertTokens(
                    alone, tokens(generator.generate(prompts, TokenListener.NONE)), "together");
        }
    }

    @Test
    void aPromptThatBeginsLikeTheLastSequenceGivesWhatItGivesAlone() {
        Model model = TinyModel.llama(VOCABULARY, 300);
        GenerationOptions options = OPTIONS.withMaxNewTokens(20);
        try (var kept = TinyModel.open(model, 2);
                var fresh = TinyModel.open(model, 2)) {
            int[] text = prompt(150);
            for (int turn = 0; turn < 4; turn++) {
                int[] answer = kept.generate(text, options).tokens();
                fresh.load(TinyModel.weights(model));
                assertArrayEquals(fresh.generate(text, options).tokens(), answer, "turn " + turn);
                int length = text.length;
                text = Arrays.copyOf(text, length + answer.length);
                System.arraycopy(answer, 0, text, length, answer.length);
            }
        }
    }

    static List<Backend> backends() {
        return Backends.all();
    }

    @ParameterizedTest
    @MethodSource("backends")
    void tokensDoNotDependOnBatchAndThreads(Backend backend) {
        for (GenerationOptions options :
                List.of(OPTIONS, OPTIONS.withSampling(SamplingOptions.DEFAULT.chain()))) {
            List<int[]> expected = generate(backend, options, 1, 1);
            for (int batch : new int[] {2, 3, 7, 9}) {
                assertTokens(expected, generate(backend, options, batch, 1), "batch " + batch);
            }
            for (int threads : new int[] {2, 3}) {
                assertTokens(
                        expected, generate(backend, options, 3, threads), threads + " threads");
            }
        }
    }

    @Test
    void partsOfListGiveWhatTheWholeListGives() {
        try (var generator = TinyModel.open(MODEL, 2)) {
            List<Generation> whole = generator.generate(PROMPTS, OPTIONS, TokenListener.NONE);
            List<Generation> rest =
                    generator.generate(
                            PROMPTS.subList(4, 7),
                            OPTIONS.withFirstSequence(4),
                            TokenListener.NONE);
            assertTokens(tokens(whole).subList(4, 7), tokens(rest), "from prompt 4");
        }
    }

    @Test
    void samplesOfOnePromptDifferAndSeedsDiffer() {
        List<int[]> samples = Collections.nCopies(4, prompt(3));
        try (var generator = TinyModel.open(MODEL, 4)) {
            List<int[]> one = tokens(generator.generate(samples, OPTIONS, TokenListener.NONE));
            List<int[]> other =
                    tokens(generator.generate(samples, OPTIONS.withSeed(43), TokenListener.NONE));
            List<String> all = new ArrayList<>();
            one.forEach(tokens -> all.add(Arrays.toString(tokens)));
            other.forEach(tokens -> all.add(Arrays.toString(tokens)));
            assertEquals(8, Set.copyOf(all).size(), all::toString);
        }
    }

    @Test
    void streamedTokensAreThoseOfTheResult() {
        List<List<Integer>> streamed = new ArrayList<>();
        PROMPTS.forEach(prompt -> streamed.add(new ArrayList<>()));
        try (var generator = TinyModel.open(MODEL, 3)) {
            List<Generation> generations =
                    generator.generate(PROMPTS, OPTIONS, (i, token) -> streamed.get(i).add(token));
            List<int[]> joined =
                    streamed.stream()
                            .map(tokens -> tokens.stream().mapToInt(t -> t).toArray())
                            .toList();
            assertTokens(tokens(generations), joined, "streamed");
        }
    }

    @Test
    void listenerEndsItsSequenceAndNoOther() {
        try (var generator = TinyModel.open(MODEL, 2)) {
            int[] heard = new int[PROMPTS.size()];
            List<Generation> whole = generator.generate(PROMPTS, OPTIONS, TokenListener.NONE);
            List<Generation> cut =
                    generator.generate(
                            PROMPTS, OPTIONS, (i, token) -> ++heard[i] < 5 || i % 2 == 0);
            for (int i = 0; i < PROMPTS.size(); i++) {
                boolean stopped = i % 2 == 1;
                int[] expected = Arrays.copyOf(whole.get(i).tokens(), stopped ? 5 : 24);
                assertArrayEquals(expected, cut.get(i).tokens());
                assertEquals(
                        stopped ? FinishReason.STOPPED : FinishReason.MAX_NEW_TOKENS,
                        cut.get(i).finishReason());
            }
        }
    }

    @Test
    void endTokenEndsTheSequenceAndIsNotPartOfIt() {
        try (var generator = TinyModel.open(MODEL, 1)) {
            int[] whole = generator.generate(prompt(3), OPTIONS).tokens();
            int end = whole[whole.length / 2];
            Generation cut = generator.generate(prompt(3), OPTIONS.withEndTokens(Set.of(end)));
            int first =
                    IntStream.range(0, whole.length).filter(i -> whole[i] == end).min().orElse(-1);
            assertArrayEquals(Arrays.copyOf(whole, first), cut.tokens());
            assertEquals(FinishReason.END_TOKEN, cut.finishReason());
        }
    }

    @Test
    void promptLongerThanTheBlockIsCutToItsEndWithNotice() {
        try (var generator = TinyModel.open(MODEL, 1)) {
            GenerationOptions plain = OPTIONS.withSampling(SamplingChain.of());
            Generation longer = generator.generate(prompt(12), plain);
            Generation end = generator.generate(Arrays.copyOfRange(prompt(12), 4, 12), plain);
            assertArrayEquals(end.tokens(), longer.tokens());
            assertEquals(4, longer.droppedPromptTokens());
            assertEquals(
                    "the prompt has 12 tokens but the model sees 8 at a time; it was given the last"
                            + " 8",
                    longer.notice().orElse(""));
            assertFalse(end.notice().isPresent());
        }
    }

    @Test
    void greedyContinuesWhatWasLearnedByHeart() {
        int[] text = {3, 1, 4, 1, 5, 9, 2, 6, 0}; // what follows a 1 depends on what came before it
        LossProgram accumulate = MODEL.accumulate(1, TinyModel.BLOCK_SIZE);
        UpdateProgram update = MODEL.update(new AdamW.Settings(0.9, 0.99, 1e-8, 0), 1);
        var programs = GenerationPrograms.of(MODEL, 1);
        List<Program> all = new ArrayList<>(programs.programs());
        all.add(accumulate.program());
        all.add(update.program());
        try (Session training = TinyModel.REFERENCE.open(all)) {
            MODEL.initialize(training, 1);
            learn(training, accumulate, update, text);
            GenerationOptions greedy =
                    OPTIONS.withSampling(SamplingChain.GREEDY).withMaxNewTokens(8);
            int[] expected = Arrays.copyOfRange(text, 1, text.length);

            int[] shared = Generator.in(training, programs).generate(prompt(1), greedy).tokens();
            assertArrayEquals(expected, shared, "in the training session");
            try (var copy =
                    Generator.open(
                            TinyModel.REFERENCE, MODEL, Weights.copiedFrom(training, MODEL))) {
                assertArrayEquals(expected, copy.generate(prompt(1), greedy).tokens(), "copied");
                copy.load(TinyModel.weights(MODEL));
                assertFalse(
                        Arrays.equals(expected, copy.generate(prompt(1), greedy).tokens()),
                        "other weights");
            }
        }
    }

    private static void learn(
            Session session, LossProgram accumulate, UpdateProgram update, int[] text) {
        session.write(accumulate.tokens(), Arrays.copyOf(text, TinyModel.BLOCK_SIZE));
        session.write(accumulate.targets(), Arrays.copyOfRange(text, 1, text.length));
        session.write(accumulate.positions(), accumulate.everyPosition());
        session.write(accumulate.gradientScale(), 1f / TinyModel.BLOCK_SIZE);
        float loss = Float.POSITIVE_INFINITY;
        for (int step = 1; step <= 400 && loss > 0.05f; step++) {
            session.run("accumulate");
            update.writeSchedule(session, 1e-2, step);
            session.run("update");
            loss = session.readFloats(accumulate.loss())[0] / TinyModel.BLOCK_SIZE;
        }
        assertTrue(loss <= 0.05f, "loss " + loss);
    }

    @Test
    void noPromptsGiveNoResults() {
        try (var generator = TinyModel.open(MODEL, 2)) {
            assertEquals(List.of(), generator.generate(List.of(), OPTIONS, TokenListener.NONE));
        }
    }

    @Test
    void whatCannotBeContinuedIsRefused() {
        try (var generator = TinyModel.open(MODEL, 1)) {
            assertRefused("a prompt has no tokens", () -> generator.generate(new int[0], OPTIONS));
            assertRefused(
                    "token 1 of a prompt is 11; the model's vocabulary has 0 to 10",
                    () -> generator.generate(new int[] {0, 11}, OPTIONS));
            assertRefused(
                    "token 0 of a prompt is -1", () -> generator.generate(new int[] {-1}, OPTIONS));
        }
        assertRefused("sequences at a time are 0", () -> GenerationPrograms.of(MODEL, 0));
        assertRefused("max new tokens is 0", () -> OPTIONS.withMaxNewTokens(0));
    }

    @Test
    void weightsThatCannotBeHadLeaveNothingOpen() {
        var failure =
                assertThrows(
                        java.io.IOException.class,
                        () ->
                                Generator.open(
                                        TinyModel.REFERENCE,
                                        MODEL,
                                        session -> {
                                            throw new java.io.IOException("gone");
                                        }));
        assertEquals("gone", failure.getMessage());
    }

    private static List<int[]> generate(
            Backend backend, GenerationOptions options, int batch, int threads) {
        try (var generator =
                Generator.open(
                        backend,
                        MODEL,
                        batch,
                        new ExecutionOptions(threads),
                        TinyModel.weights(MODEL))) {
            return tokens(generator.generate(PROMPTS, options, TokenListener.NONE));
        }
    }

    private static List<int[]> tokens(List<Generation> generations) {
        return generations.stream().map(Generation::tokens).toList();
    }

    private static void assertTokens(List<int[]> expected, List<int[]> actual, String what) {
        assertEquals(expected.size(), actual.size(), what);
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), what + ", sequence " + i);
        }
    }

    private static int[] prompt(int length) {
        return IntStream.range(0, length).map(i -> (3 + i * i) % VOCABULARY).toArray();
    }

    private static void assertRefused(
            String start, org.junit.jupiter.api.function.Executable call) {
        var error = assertThrows(IllegalArgumentException.class, call);
        assertTrue(error.getMessage().startsWith(start), error::getMessage);
    }
}
