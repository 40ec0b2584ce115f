package io.tornadogpt.sampler.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.sampler.FinishReason;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.GeneratorSettings;
import io.tornadogpt.sampler.SamplingChain;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.sampler.TinyModel;
import io.tornadogpt.sampler.engine.GenerationEvent.Finished;
import io.tornadogpt.sampler.engine.GenerationEvent.Piece;
import io.tornadogpt.sampler.engine.GenerationEvent.PromptRead;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Requests side by side: who is served when, and that nobody notices the others.
@Timeout(300)
class EngineTest {
    private static final int VOCABULARY = 11;
    private static final int CONTEXT = 60;
    private static final Model MODEL = TinyModel.of(VOCABULARY, CONTEXT);
    private static final GenerationOptions GREEDY =
            new GenerationOptions(SamplingOptions.UNCHANGED, 12, 42)
                    .withSampling(SamplingChain.GREEDY);

    static List<Model> models() {
        return List.of(MODEL, TinyModel.llama(VOCABULARY, CONTEXT));
    }

    /// Three slots, nine requests, each begun when the one before has some tokens: greedy ones, and
    /// those that the device draws and that the host draws from a seed.
    @ParameterizedTest
    @MethodSource("models")
    void sequencesStartedAtDifferentTimesGiveTheTokensTheyGiveAlone(Model model)
            throws InterruptedException {
        List<Request> requests = requests();
        List<List<Integer>> expected = new ArrayList<>();
        try (var generator =
                Generator.open(
                        TinyModel.REFERENCE,
                        model,
                        GeneratorSettings.DEFAULT.withSequences(3),
                        TinyModel.weights(model))) {
            for (Request request : requests) {
                generator.load(TinyModel.weights(model)); // nothing in the cache
                int[] tokens =
                        generator
                                .generate(request.prompt().tokens(), request.prompt().options())
                                .tokens();
                expected.add(IntStream.of(tokens).boxed().toList());
            }
        }
        try (Engine engine = open(model, EngineSettings.DEFAULT.withSlots(3))) {
            List<GenerationStream> streams = new ArrayList<>();
            for (Request request : requests) {
                GenerationStream stream = engine.submit(request);
                streams.add(stream);
                for (int i = 0; i < streams.size() % 4; i++) {
                    stream.next();
                }
            }
            for (int i = 0; i < requests.size(); i++) {
                Finished end = streams.get(i).finished();
                assertEquals(expected.get(i), end.tokens(), "request " + i);
                assertEquals(FinishReason.MAX_NEW_TOKENS, end.reason());
            }
            EngineStats stats = engine.stats();
            assertEquals(requests.size(), stats.finished());
            assertEquals(expected.stream().mapToInt(List::size).sum(), stats.generatedTokens());
        }
    }

    static List<Backend> backends() {
        return Backends.all();
    }

    /// Prompts of every way through the programs, and scores, which tell more than tokens do.
    @ParameterizedTest
    @MethodSource("backends")
    void scoresAreThoseAloneBitForBit(Backend backend) throws InterruptedException {
        Model model = TinyModel.llama(VOCABULARY, 200); // read in pieces of 100 and 16
        EngineSettings settings = EngineSettings.DEFAULT.withSlots(5);
        List<Request> requests =
                IntStream.of(1, 150, 9, 33, 2, 101, 17, 64, 3, 120)
                        .mapToObj(
                                length ->
                                        Request.of(
                                                        prompt(length),
                                                        GREEDY.withSampling(
                                                                SamplingOptions.DEFAULT.chain()))
                                                .withScores(3))
                        .toList();
        List<List<GenerationEvent>> alone = new ArrayList<>();
        for (Request request : requests) {
            try (Engine engine = Engine.open(backend, model, settings, TinyModel.weights(model))) {
                alone.add(events(engine.submit(request)));
            }
        }
        try (Engine engine = Engine.open(backend, model, settings, TinyModel.weights(model))) {
            List<GenerationStream> streams = new ArrayList<>();
            for (Request request : requests) {
                streams.add(engine.submit(request));
                streams.getLast().next(); // in its slot, while others go on
            }
            for (int i = 0; i < requests.size(); i++) {
                List<GenerationEvent> expected = alone.get(i);
                List<GenerationEvent> actual = events(streams.get(i));
                int last = expected.size() - 1; // tells how much the slot's cache saved, too
                assertEquals(
                        expected.subList(1, last),
                        actual.subList(0, last - 1),
                        "pieces of request " + i);
                assertEquals(
                        assertInstanceOf(Finished.class, expected.get(last)).tokens(),
                        assertInstanceOf(Finished.class, actual.getLast()).tokens());
            }
        }
    }

    private static List<GenerationEvent> events(GenerationStream stream)
            throws InterruptedException {
        List<GenerationEvent> events = new ArrayList<>();
        do {
            events.add(stream.next());
        } while (!(events.getLast() instanceof Finished));
        return events;
    }

    private static List<Request> requests() {
        List<SamplingChain> chains =
                List.of(
                        SamplingChain.GREEDY,
                        SamplingOptions.DEFAULT.chain(),
                        new SamplingOptions(0.9, 8, 0.95, 0.01, 1.1, 0.1, 0.1).chain());
        int[] lengths = {1, 30, 7, 3, 45, 18, 2, 33, 12};
        return IntStream.range(0, lengths.length)
                .mapToObj(
                        i ->
                                Request.of(
                                        prompt(lengths[i]),
                                        GREEDY.withSampling(chains.get(i % 3))
                                                .withSeed(i / 2)
                                                .withMaxNewTokens(5 + 3 * (i % 4))))
                .toList();
    }

    @Test
    void slotIsFilledWhileAnotherSequenceGoesOn() throws InterruptedException {
        var gate = new Gate(VOCABULARY);
        try (Engine engine = open(MODEL, EngineSettings.DEFAULT.withSlots(2))) {
            GenerationStream slow =
                    engine.submit(Request.of(prompt(3), GREEDY).withConstraint(gate));
            gate.await();
            GenerationStream quick =
                    engine.submit(Request.of(prompt(5), GREEDY.withMaxNewTokens(4)));
            gate.permit(8);
            assertEquals(4, quick.finished().tokens().size());
            assertTrue(gate.tokens() < GREEDY.maxNewTokens(), "the other one is not done");
            gate.open();
            assertEquals(GREEDY.maxNewTokens(), slow.finished().tokens().size());
        }
    }

    @Test
    void longPromptDoesNotStopTheOthers() throws InterruptedException {
        Model model = TinyModel.of(VOCABULARY, 900); // read in pieces of 113
        var gate = new Gate(VOCABULARY);
        var seen = new int[] {-1};
        TokenConstraint onceRead =
                new TokenConstraint() {
                    @Override
                    public BitSet allowed() {
                        seen[0] = gate.tokens();
                        return new BitSet();
                    }

                    @Override
                    public void accept(int token) {}
                };
        try (Engine engine = open(model, EngineSettings.DEFAULT.withSlots(2))) {
            GenerationStream other =
                    engine.submit(
                            Request.of(prompt(3), GREEDY.withMaxNewTokens(30))
                                    .withConstraint(gate));
            gate.await();
            GenerationStream late =
                    engine.submit(Request.of(prompt(900), GREEDY).withConstraint(onceRead));
            gate.open();
            late.finished();
            assertTrue(seen[0] >= 7 && seen[0] <= 10, "8 pieces took " + seen[0] + " tokens");
            other.finished();
        }
    }

    @Test
    void cancellationFreesTheSlotWithinAStep() throws InterruptedException {
        var gate = new Gate(VOCABULARY);
        try (Engine engine = open(MODEL, EngineSettings.DEFAULT.withSlots(1))) {
            GenerationStream unwanted =
                    engine.submit(Request.of(prompt(3), GREEDY).withConstraint(gate));
            GenerationStream next = engine.submit(Request.of(prompt(4), GREEDY));
            gate.await();
            gate.permit(3);
            for (int i = 0; i < 3; i++) {
                gate.await();
            }
            unwanted.cancel();
            gate.permit(2); // the token that is being drawn, and one that would be too many
            assertEquals(GREEDY.maxNewTokens(), next.finished().tokens().size());
            Finished end = unwanted.finished();
            assertEquals(FinishReason.CANCELLED, end.reason());
            assertTrue(end.tokens().size() <= 5, end::toString);
            assertInstanceOf(Finished.class, unwanted.next(), "again");
        }
    }

    @Test
    void waitingRequestThatIsCancelledNeverGetsASlot() throws InterruptedException {
        var gate = new Gate(VOCABULARY);
        var never = new Gate(VOCABULARY);
        try (Engine engine = open(MODEL, EngineSettings.DEFAULT.withSlots(1))) {
            engine.submit(Request.of(prompt(3), GREEDY).withConstraint(gate));
            gate.await();
            GenerationStream waiting =
                    engine.submit(Request.of(prompt(4), GREEDY).withConstraint(never));
            assertEquals(1, engine.stats().waiting());
            waiting.close();
            gate.permit(1);
            Finished end = waiting.finished();
            assertEquals(FinishReason.CANCELLED, end.reason());
            assertEquals(List.of(), end.tokens());
            assertTrue(waiting.next(Duration.ZERO).isPresent());
            gate.open();
        }
        assertEquals(0, never.tokens());
    }

    @Test
    void deadlineEndsWhatGoesOnAndWhatWaits() throws InterruptedException {
        var gate = new Gate(VOCABULARY);
        try (Engine engine = open(MODEL, EngineSettings.DEFAULT.withSlots(1))) {
            GenerationStream slow =
                    engine.submit(
                            Request.of(prompt(3), GREEDY)
                                    .withConstraint(gate)
                                    .withDeadline(Duration.ofSeconds(2)));
            gate.permit(2);
            gate.await();
            GenerationStream waiting =
                    engine.submit(Request.of(prompt(4), GREEDY).withDeadline(Duration.ofMillis(1)));
            Thread.sleep(2000);
            gate.open();
            Finished end = slow.finished();
            assertEquals(FinishReason.DEADLINE, end.reason());
            assertTrue(end.tokens().size() < GREEDY.maxNewTokens());
            assertEquals(FinishReason.DEADLINE, waiting.finished().reason());
        }
    }

    @Test
    void requestsBeyondTheQueueAreRefusedWithAHint() throws InterruptedException {
        var gate = new Gate(VOCABULARY);
        EngineSettings settings = EngineSettings.DEFAULT.withSlots(1).withWaiting(2);
        try (Engine engine = open(MODEL, settings)) {
            List<GenerationStream> streams = new ArrayList<>();
            streams.add(engine.submit(Request.of(prompt(3), GREEDY).withConstraint(gate)));
            gate.await();
            streams.add(engine.submit(Request.of(prompt(4), GREEDY)));
            List<Request> two =
                    List.of(Request.of(prompt(5), GREEDY), Request.of(prompt(6), GREEDY));
            assertThrows(QueueFullException.class, () -> engine.submit(two));
            assertEquals(1, engine.stats().waiting(), "all or none");
            streams.add(engine.submit(two.getFirst()));
            var refused =
                    assertThrows(QueueFullException.class, () -> engine.submit(two.getLast()));
            assertTrue(refused.retryAfter().toSeconds() >= 1);
            assertEquals(
                    "the engine has 2 requests waiting, of 2 that may wait; try again in 1 s",
                    refused.getMessage());
            gate.open();
            for (GenerationStream stream : streams) {
                assertEquals(GREEDY.maxNewTokens(), stream.finished().tokens().size());
            }
            assertEquals(3, engine.stats().refused());
            engine.generate(two.getLast());
        }
    }

    @Test
    void clientsTakeTurns() throws InterruptedException {
        var gate = new Gate(VOCABULARY);
        List<String> served = new ArrayList<>();
        EngineSettings settings =
                EngineSettings.DEFAULT.withSlots(1).withWaiting(8).withWaitingPerClient(4);
        try (Engine engine = open(MODEL, settings)) {
            engine.submit(Request.of(prompt(3), GREEDY).withConstraint(gate));
            gate.await();
            List<GenerationStream> streams = new ArrayList<>();
            for (String name : "a1 a2 a3 a4 b1 b2 c1".split(" ")) {
                streams.add(engine.submit(named(name, served)));
            }
            assertThrows(QueueFullException.class, () -> engine.submit(named("a5", served)));
            engine.submit(named("c2", served));
            gate.open();
            for (GenerationStream stream : streams) {
                stream.finished();
            }
            assertTrue(engine.drain(Duration.ofMinutes(1)));
        }
        assertEquals(List.of("a1", "b1", "c1", "a2", "b2", "c2", "a3", "a4"), served);
    }

    /// A request of the client that its first letter names; it is noted down when it is served.
    private static Request named(String name, List<String> served) {
        TokenConstraint note =
                new TokenConstraint() {
                    @Override
                    public BitSet allowed() {
                        served.add(name);
                        return new BitSet();
                    }

                    @Override
                    public void accept(int token) {}
                };
        return Request.of(prompt(2), GREEDY).withConstraint(note).withClient(name.substring(0, 1));
    }

    @Test
    void drainedEngineEndsWhatItHasAndTakesNoMore() throws InterruptedException {
        var gate = new Gate(VOCABULARY);
        try (Engine engine = open(MODEL, EngineSettings.DEFAULT.withSlots(2))) {
            List<GenerationStream> streams = new ArrayList<>();
            streams.add(engine.submit(Request.of(prompt(3), GREEDY).withConstraint(gate)));
            for (int i = 0; i < 4; i++) {
                streams.add(engine.submit(Request.of(prompt(4 + i), GREEDY)));
            }
            gate.await();
            assertFalse(engine.drain(Duration.ofMillis(10)));
            assertThrows(
                    EngineClosedException.class,
                    () -> engine.submit(Request.of(prompt(3), GREEDY)));
            gate.open();
            assertTrue(engine.drain(Duration.ofMinutes(1)));
            for (GenerationStream stream : streams) {
                assertEquals(FinishReason.MAX_NEW_TOKENS, stream.finished().reason());
            }
        }
    }

    @Test
    void closedEngineCancelsWhatItHas() throws InterruptedException {
        var gate = new Gate(VOCABULARY);
        Engine engine = open(MODEL, EngineSettings.DEFAULT.withSlots(1));
        GenerationStream active = engine.submit(Request.of(prompt(3), GREEDY).withConstraint(gate));
        GenerationStream waiting = engine.submit(Request.of(prompt(3), GREEDY));
        gate.await();
        Thread closer = Thread.ofPlatform().start(engine::close);
        while (closer.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
        gate.permit(1); // the token that is being drawn
        closer.join();
        assertEquals(FinishReason.CANCELLED, active.finished().reason());
        assertEquals(1, active.finished().tokens().size());
        assertEquals(FinishReason.CANCELLED, waiting.finished().reason());
        engine.close();
    }

    @Test
    void nextTurnOfAConversationKeepsWhatWasReadAndGivesWhatItGivesAlone()
            throws InterruptedException {
        Model model = TinyModel.llama(VOCABULARY, 400); // read in pieces of 100
        try (Engine engine = open(model, EngineSettings.DEFAULT.withSlots(2))) {
            List<Integer> text = new ArrayList<>(IntStream.of(prompt(150)).boxed().toList());
            int[] kept = {0, 100, 100, 200};
            for (int turn = 0; turn < kept.length; turn++) {
                int[] prompt = text.stream().mapToInt(token -> token).toArray();
                Request request = Request.of(prompt, GREEDY.withMaxNewTokens(6));
                Finished end = engine.generate(request);
                assertEquals(kept[turn], end.keptTokens(), "turn " + turn);
                try (Engine fresh = open(model, EngineSettings.DEFAULT.withSlots(2))) {
                    assertEquals(fresh.generate(request).tokens(), end.tokens(), "turn " + turn);
                }
                engine.generate(Request.of(prompt(20 + turn), GREEDY)); // somebody else
                text.addAll(end.tokens());
                for (int i = 0; i < 30; i++) {
                    text.add(i % VOCABULARY);
                }
            }
        }
    }

    @Test
    void textThatFillsTheContextEndsAndALongerPromptIsRefused() throws InterruptedException {
        GenerationOptions endless = GREEDY.withMaxNewTokens(1000);
        try (Engine engine = open(MODEL, EngineSettings.DEFAULT.withSlots(2))) {
            Finished end = engine.generate(Request.of(prompt(50), endless));
            assertEquals(FinishReason.CONTEXT_FULL, end.reason());
            assertEquals(CONTEXT - 50 + 1, end.tokens().size(), "the last one is never read");
            assertEquals(1, engine.generate(Request.of(prompt(60), endless)).tokens().size());
            var error =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> engine.submit(Request.of(prompt(61), endless)));
            assertEquals(
                    "the prompt has 61 tokens, but the model's context has 60; shorten it",
                    error.getMessage());
        }
    }

    @Test
    void whatCannotBeServedIsRefusedAtOnce() {
        try (Engine engine =
                open(MODEL, EngineSettings.DEFAULT.withSlots(1).withScoresPrompts(false))) {
            for (Request request :
                    List.of(
                            Request.of(new int[] {11}, GREEDY),
                            Request.of(prompt(2), GREEDY).withStopStrings(List.of("a")),
                            Request.of(prompt(2), GREEDY).withBias(Map.of(11, 1.0)),
                            Request.of(prompt(2), GREEDY)
                                    .withPromptScores(Request.PromptScores.ALONE, 0))) {
                assertThrows(IllegalArgumentException.class, () -> engine.submit(request));
            }
            assertEquals(0, engine.stats().finished());
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> Request.of(prompt(2), GREEDY).withDeadline(Duration.ZERO));
        assertThrows(
                IllegalArgumentException.class, () -> Request.of(prompt(2), GREEDY).withScores(-1));
    }

    @Test
    void requestThatFailsHarmsNoOther() throws InterruptedException {
        TokenConstraint broken =
                new TokenConstraint() {
                    @Override
                    public BitSet allowed() {
                        throw new IllegalStateException("broken grammar");
                    }

                    @Override
                    public void accept(int token) {}
                };
        try (Engine engine = open(MODEL, EngineSettings.DEFAULT.withSlots(2))) {
            GenerationStream good = engine.submit(Request.of(prompt(3), GREEDY));
            GenerationStream bad =
                    engine.submit(Request.of(prompt(4), GREEDY).withConstraint(broken));
            var failure = assertThrows(GenerationFailedException.class, bad::finished);
            assertEquals("broken grammar", failure.getMessage());
            assertThrows(GenerationFailedException.class, bad::next, "again");
            assertEquals(GREEDY.maxNewTokens(), good.finished().tokens().size());
            engine.generate(Request.of(prompt(4), GREEDY));
            assertEquals(1, engine.stats().failed());
        }
    }

    @Test
    void eventsAreThePromptThenPiecesThenTheEnd() throws InterruptedException {
        try (Engine engine = open(MODEL, EngineSettings.DEFAULT.withSlots(1));
                GenerationStream stream = engine.submit(Request.of(prompt(20), GREEDY))) {
            assertInstanceOf(PromptRead.class, stream.next());
            List<Integer> tokens = new ArrayList<>();
            GenerationEvent event = stream.next();
            while (event instanceof Piece piece) {
                assertEquals(1, piece.tokens().size());
                tokens.addAll(piece.tokens());
                event = stream.next();
            }
            Finished end = assertInstanceOf(Finished.class, event);
            assertEquals(tokens, end.tokens());
            assertEquals(20, end.promptTokens());
        }
    }

    static Engine open(Model model, EngineSettings settings) {
        return Engine.open(TinyModel.REFERENCE, model, settings, TinyModel.weights(model));
    }

    static int[] prompt(int length) {
        return IntStream.range(0, length).map(i -> (3 + i * i + i / 7) % VOCABULARY).toArray();
    }
}
