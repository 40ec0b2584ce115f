package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.program.Fusion;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.reference.ReferenceSession;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.Values;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

class ModelTest {
    private static final GptConfig TINY = new GptConfig(2, 2, 8, 12, 11, true, 0);

    @Test
    void parametersAreAsManyAsInTheKnownModels() {
        // GPT-2's published sizes, V = 50257, 1024 positions.
        assertEquals(124_439_808, count(new GptConfig(12, 12, 768, 1024, 50257, true, 0)));
        assertEquals(354_823_168, count(new GptConfig(24, 16, 1024, 1024, 50257, true, 0)));
        assertEquals(1_557_611_200, count(new GptConfig(48, 25, 1600, 1024, 50257, true, 0)));
        // nanoGPT's Shakespeare models; it prints them without position embeddings: 0.80M, 10.65M.
        assertEquals(795_904, withoutPositions(new GptConfig(4, 4, 128, 64, 65, false, 0)));
        assertEquals(10_646_784, withoutPositions(new GptConfig(6, 6, 384, 256, 65, false, 0)));
    }

    private static long count(GptConfig config) {
        return new Model(config).parameterCount();
    }

    private static long withoutPositions(GptConfig config) {
        return count(config) - (long) config.blockSize() * config.nEmbd();
    }

    @Test
    void untiedHeadAddsOneTable() {
        var tied = new GptConfig(2, 2, 8, 12, 11, true, 0);
        var untied =
                new GptConfig(2, 2, 8, 12, 11, true, 0, false, Activation.Function.GELU_TANH, 1e-5);
        assertEquals(count(tied) + 11 * 8, count(untied));
    }

    @Test
    void onlyMatricesDecay() {
        for (Parameter parameter : new Model(TINY).parameters()) {
            String name = parameter.spec().name();
            boolean vector = name.endsWith(".bias") || name.contains("ln_");
            assertEquals(!vector, parameter.decays(), name);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {11, 65, 997})
    void freshModelKnowsNothing(int vocabulary) {
        var model = new Model(TINY.withVocabSize(vocabulary));
        LossProgram loss = model.evaluate(4, 12);
        try (var session = new ReferenceBackend().open(List.of(loss.program()))) {
            model.initialize(session, 7);
            session.write(loss.tokens(), ids(48, vocabulary, "tokens"));
            session.write(loss.targets(), ids(48, vocabulary, "targets"));
            session.write(loss.positions(), loss.everyPosition());
            session.run("evaluate");
            assertEquals(Math.log(vocabulary), session.readFloats(loss.loss())[0] / 48, 0.05);
            assertEquals(48, session.readFloats(loss.count())[0]);
        }
    }

    private static int[] ids(int count, int vocabulary, String name) {
        var values = new Values.Integers(0, vocabulary);
        return values.elements(DType.I32, count, 5, name).toArray(ValueLayout.JAVA_INT);
    }

    @ParameterizedTest(name = "bias={0} tied={1}, chunks of {2}, then one by one from {3}")
    @CsvSource({
        "true, true, 1, 0",
        "true, false, 4, 8",
        "false, true, 5, 10",
        "true, true, 12, 12",
        "false, false, 3, 9"
    })
    void cachedLogitsAreTheUncachedOnes(boolean bias, boolean tied, int chunk, int prefilled) {
        var config =
                new GptConfig(2, 2, 8, 12, 11, bias, 0, tied, Activation.Function.GELU_TANH, 1e-5);
        var model = new Model(config);
        LogitsProgram whole = model.logits("logits", 2, 12);
        LogitsProgram prefill = model.cached("prefill", 2, chunk, 2);
        LogitsProgram decode = model.cached("decode", 2, 1, 2);
        var programs = List.of(whole.program(), prefill.program(), decode.program());
        int[] tokens = ids(24, 11, "tokens");
        try (var session = new ReferenceBackend().open(programs)) {
            large(model, session);
            session.write(whole.tokens(), tokens);
            session.write(whole.positions(), positions(2, 0, 12));
            session.run("logits");
            double[] expected = session.readDoubles(whole.logits(), 0);
            for (int from = 0; from < prefilled; from += chunk) {
                check(session, prefill, tokens, from, chunk, expected);
            }
            for (int from = prefilled; from < 12; from++) {
                check(session, decode, tokens, from, 1, expected);
            }
        }
    }

    /// Two sequences of unequal length, read in pieces; the second ends in the middle of one.
    @Test
    void scoredLossesAreThoseOfTheLogits() {
        var model = new Model(TINY);
        LogitsProgram whole = model.logits("logits", 2, 12);
        ScoreProgram score = model.scored("score", 2, 5, 2);
        int[] tokens = ids(24, 11, "tokens");
        int[] lengths = {11, 8};
        try (var session = new ReferenceBackend().open(List.of(whole.program(), score.program()))) {
            large(model, session);
            session.write(whole.tokens(), tokens);
            session.write(whole.positions(), positions(2, 0, 12));
            session.run("logits");
            double[] logits = session.readDoubles(whole.logits(), 0);
            session.write(score.slots(), 1, 0);
            for (int from = 0; from < 11; from += 5) {
                int[] read = new int[10];
                int[] positions = new int[10];
                int[] targets = new int[10];
                for (int i = 0; i < 10; i++) {
                    int at = from + i % 5;
                    boolean there = at < lengths[i / 5];
                    read[i] = there ? tokens[i / 5 * 12 + at] : 0;
                    positions[i] = there ? at : -1;
                    targets[i] = there && at % 3 > 0 ? tokens[i / 5 * 12 + at + 1] : -1;
                }
                session.write(score.inputs().tokens(), read);
                session.write(score.inputs().positions(), positions);
                session.write(score.targets(), targets);
                session.run("score");
                double[] losses = session.readDoubles(score.losses(), 0);
                int[] best = new int[10];
                session.read(score.best(), 0, MemorySegment.ofArray(best));
                for (int i = 0; i < 10; i++) {
                    if (positions[i] >= 0) {
                        int row = (i / 5 * 12 + positions[i]) * 11;
                        double[] own = Arrays.copyOfRange(logits, row, row + 11);
                        double lse = Math.log(Arrays.stream(own).map(Math::exp).sum());
                        double expected = targets[i] < 0 ? 0 : lse - own[targets[i]];
                        assertEquals(expected, losses[i], 1e-9);
                        assertEquals(Arrays.stream(own).max().orElseThrow(), own[best[i]], 1e-9);
                    }
                }
            }
        }
    }

    /// Reads `count` tokens of both sequences from position `from`; asks for the last row of each.
    private static void check(
            ReferenceSession session,
            LogitsProgram program,
            int[] tokens,
            int from,
            int count,
            double[] expected) {
        int[] piece =
                IntStream.range(0, 2 * count)
                        .map(i -> tokens[i / count * 12 + from + i % count])
                        .toArray();
        session.write(program.tokens(), piece);
        session.write(program.positions(), positions(2, from, count));
        session.write(program.requireLast().slots(), 0, 1);
        session.write(program.requireLast().rows(), count - 1, 2 * count - 1);
        session.run(program.program().name());
        double[] actual = session.readDoubles(program.logits(), 0);
        for (int b = 0; b < 2; b++) {
            for (int v = 0; v < 11; v++) {
                int at = (b * 12 + from + count - 1) * 11 + v;
                assertEquals(expected[at], actual[b * 11 + v], 1e-10);
            }
        }
    }

    private static int[] positions(int batch, int from, int count) {
        return IntStream.range(0, batch * count).map(i -> from + i % count).toArray();
    }

    /// Weights large enough that attention attends to something.
    private static void large(Model model, ReferenceSession session) {
        for (Parameter parameter : model.parameters()) {
            TensorSpec spec = parameter.spec();
            int count = Math.toIntExact(spec.shape().elements());
            for (int slice = 0; slice < spec.slices(); slice++) {
                var values = new Values.Normal(0, 0.5);
                session.write(
                        spec,
                        slice,
                        values.elements(spec.dtype(), count, 3, spec.sliceName(slice)));
            }
        }
    }

    @Test
    void rowsBehindAShortPromptDoNotMatter() {
        var model = new Model(TINY);
        LogitsProgram prefill = model.cached("prefill", 1, 6, 1);
        LogitsProgram decode = model.cached("decode", 1, 1, 1);
        double[][] logits = new double[2][];
        for (int padding = 0; padding < 2; padding++) {
            try (var session =
                    new ReferenceBackend().open(List.of(prefill.program(), decode.program()))) {
                large(model, session);
                session.write(prefill.tokens(), 3, 1, 4, padding * 7, padding * 5, padding);
                session.write(prefill.positions(), 0, 1, 2, 3, 4, 5);
                session.write(prefill.requireLast().rows(), 2);
                session.run("prefill");
                session.write(decode.tokens(), 9);
                session.write(decode.positions(), 3);
                session.write(decode.requireLast().rows(), 0);
                session.run("decode");
                logits[padding] = session.readDoubles(decode.logits(), 0);
            }
        }
        assertTrue(Arrays.equals(logits[0], logits[1]));
    }

    @Test
    void microBatchesAddUpToTheBatch() {
        var model = new Model(TINY);
        LossProgram both = model.accumulate(2, 6);
        int[] tokens = ids(12, 11, "tokens");
        int[] targets = ids(12, 11, "targets");
        double[] expected;
        TensorSpec gradient = Autodiff.gradient(model.parameters().getFirst().spec());
        try (var session = new ReferenceBackend().open(List.of(both.program()))) {
            large(model, session);
            accumulate(session, both, tokens, targets, 1f / 12);
            expected = session.readDoubles(gradient, 0);
        }
        LossProgram one = model.accumulate(1, 6);
        try (var session = new ReferenceBackend().open(List.of(one.program()))) {
            large(model, session);
            for (int i = 0; i < 2; i++) {
                accumulate(
                        session,
                        one,
                        Arrays.copyOfRange(tokens, 6 * i, 6 * i + 6),
                        Arrays.copyOfRange(targets, 6 * i, 6 * i + 6),
                        1f / 12);
            }
            double[] actual = session.readDoubles(gradient, 0);
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], actual[i], 1e-12);
            }
        }
    }

    private static void accumulate(
            Session session, LossProgram program, int[] tokens, int[] targets, float scale) {
        session.write(program.tokens(), tokens);
        session.write(program.targets(), targets);
        session.write(program.positions(), program.everyPosition());
        session.write(program.gradientScale(), scale);
        session.run("accumulate");
    }

    @Test
    void fusedProgramsComputeTheSame() {
        var config = new GptConfig(2, 2, 8, 12, 11, true, 0.2);
        var model = new Model(config);
        LossProgram program = model.accumulate(2, 6);
        Program fused = Fusion.all().apply(program.program());
        assertTrue(fused.steps().size() < program.program().steps().size());
        double[][] results = new double[2][];
        for (int i = 0; i < 2; i++) {
            Program run = i == 0 ? program.program() : fused;
            try (var session = new ReferenceBackend().open(List.of(run))) {
                large(model, session);
                session.write(program.rng(), 1, 2, 3, 4);
                accumulate(session, program, ids(12, 11, "tokens"), ids(12, 11, "targets"), 1);
                results[i] =
                        model.parameters().stream()
                                .map(p -> Autodiff.gradient(p.spec()))
                                .flatMapToDouble(
                                        g ->
                                                IntStream.range(0, g.slices())
                                                        .boxed()
                                                        .flatMapToDouble(
                                                                s ->
                                                                        Arrays.stream(
                                                                                session.readDoubles(
                                                                                        g, s))))
                                .toArray();
            }
        }
        for (int i = 0; i < results[0].length; i++) {
            assertEquals(results[0][i], results[1][i], 1e-12, "gradient " + i);
        }
    }

    @Test
    void batchIsLearnedByHeart() {
        var model = new Model(new GptConfig(1, 2, 16, 8, 11, true, 0));
        LossProgram accumulate = model.accumulate(2, 8);
        UpdateProgram update = model.update(new AdamW.Settings(0.9, 0.95, 1e-8, 0.1), 1);
        int[] tokens = ids(16, 11, "tokens");
        int[] targets = ids(16, 11, "targets");
        float loss = Float.MAX_VALUE;
        try (var session =
                new ReferenceBackend().open(List.of(accumulate.program(), update.program()))) {
            model.initialize(session, 1);
            for (int step = 1; step <= 300 && loss >= 0.01; step++) {
                accumulate(session, accumulate, tokens, targets, 1f / 16);
                update.writeSchedule(session, 0.02, step);
                session.run("update");
                loss = session.readFloats(accumulate.loss())[0] / 16;
            }
        }
        assertTrue(loss < 0.01, "loss is " + loss);
    }

    @Test
    void updateLeavesEverythingAloneWhereAGradientIsNotFinite() {
        var model = new Model(TINY);
        UpdateProgram update = model.update(new AdamW.Settings(0.9, 0.95, 1e-8, 0.1), 1);
        TensorSpec weight = model.parameters().getFirst().spec();
        try (var session = new ReferenceBackend().open(List.of(update.program()))) {
            model.initialize(session, 1);
            double[] before = session.readDoubles(weight, 0);
            double[] gradient = new double[before.length];
            gradient[5] = Double.NaN;
            session.writeDoubles(Autodiff.gradient(weight), 0, gradient);
            update.writeSchedule(session, 0.1, 1);
            session.run("update");
            assertEquals(0, session.readFloats(update.scale())[0]);
            assertTrue(Arrays.equals(before, session.readDoubles(weight, 0)));
            // The gradient is zero again, so the next step is sound.
            assertEquals(0, session.readDoubles(Autodiff.gradient(weight), 0)[5]);
        }
    }

    @Test
    void sequencesLongerThanTheModelAreRefused() {
        var model = new Model(TINY);
        var e = assertThrows(IllegalArgumentException.class, () -> model.accumulate(1, 13));
        assertEquals(
                "13 positions in a sequence, but the model's context is 12; use at most that many",
                e.getMessage());
    }

    @Test
    void configurationsThatCannotBeAreRefusedByTheirKey() {
        refused(
                "model.nEmbd is 10, which 3 heads do not divide; choose a multiple of model.nHead",
                () -> new GptConfig(1, 3, 10, 4, 5, true, 0));
        refused("model.nLayer is 0; expected >= 1", () -> new GptConfig(0, 1, 4, 4, 5, true, 0));
        refused(
                "model.dropout is 1.0; expected 0 <= dropout < 1",
                () -> new GptConfig(1, 1, 4, 4, 5, true, 1));
    }

    @Test
    void weightsThatAreOnlyReadTakeHalfAndAreNotTrained() {
        var config = new GptConfig(2, 2, 16, 8, 11, true, 0);
        var model = new Model(config).withWeights(DType.BF16);
        long matrices =
                model.parameters().stream()
                        .filter(Parameter::decays)
                        .mapToLong(p -> p.spec().bytes())
                        .sum();
        long exact =
                new Model(config)
                        .parameters().stream()
                                .filter(Parameter::decays)
                                .mapToLong(p -> p.spec().bytes())
                                .sum();
        assertEquals(exact, 2 * matrices);
        var e = assertThrows(IllegalStateException.class, () -> model.accumulate(1, 8));
        assertTrue(e.getMessage().contains("BF16"), e.getMessage());
        assertThrows(
                IllegalArgumentException.class, () -> new Model(config).withWeights(DType.I32));
    }

    @Test
    void quantizedWeightsAreBlocksOfInputsWhereRowsAreWholeBlocks() {
        var model = new Model(new GptConfig(2, 2, 32, 8, 11, true, 0)).withWeights(DType.Q4_0);
        for (Parameter parameter : model.parameters()) {
            TensorSpec spec = parameter.spec();
            boolean matrix = spec.shape().rank() == 2 && !spec.name().contains("wpe");
            assertEquals(matrix ? DType.Q4_0 : DType.F32, spec.dtype(), spec.name());
        }
        assertEquals(List.of(), model.unquantized());

        var narrow = new Model(new GptConfig(2, 2, 24, 8, 11, true, 0)).withWeights(DType.Q8_0);
        List<String> names =
                narrow.unquantized().stream().map(Parameter::spec).map(TensorSpec::name).toList();
        assertTrue(names.contains("transformer.h.*.attn.c_attn.weight"), names.toString());
        assertFalse(names.contains("transformer.h.*.mlp.c_proj.weight"), names.toString());
        var e = assertThrows(IllegalStateException.class, () -> model.accumulate(1, 8));
        assertTrue(e.getMessage().contains("Q4_0"), e.getMessage());
    }

    @Test
    void aQuantizedModelComputesWithTheRoundedWeights() {
        var config = new GptConfig(2, 2, 32, 8, 11, true, 0);
        var exact = new Model(config);
        for (DType type : List.of(DType.Q8_0, DType.Q4_0)) {
            Model held = exact.withWeights(type);
            var program = held.logits("logits", 1, 8);
            var same = exact.logits("logits", 1, 8);
            var backend = new ReferenceBackend();
            try (var session = backend.open(List.of(program.program()));
                    var rounded = backend.open(List.of(same.program()))) {
                held.initialize(session, 7);
                exact.initialize(rounded, 7);
                for (int i = 0; i < held.parameters().size(); i++) {
                    TensorSpec from = held.parameters().get(i).spec();
                    TensorSpec to = exact.parameters().get(i).spec();
                    for (int slice = 0; slice < from.slices(); slice++) {
                        rounded.writeFloats(to, slice, session.readFloats(from, slice));
                    }
                }
                int[] ids = {1, 2, 3, 4, 5, 6, 7, 8};
                session.write(program.inputs().tokens(), ids);
                rounded.write(same.inputs().tokens(), ids);
                int[] positions = IntStream.range(0, ids.length).toArray();
                session.write(program.inputs().positions(), positions);
                rounded.write(same.inputs().positions(), positions);
                session.run("logits");
                rounded.run("logits");
                assertArrayEquals(
                        rounded.readFloats(same.logits()), session.readFloats(program.logits()));
            }
        }
    }

    /// A number of BF16 errs by at most 1/256 of itself, one of Q8_0 by 1/254 of the largest of its
    /// block; averaged over the channels of a head and the positions that are seen, the error of
    /// what attention adds is smaller, and the head sees it twice, once for each block.
    @ParameterizedTest
    @CsvSource({"BF16, 2", "Q8_0, 3.7"})
    void roundedCachesTakeLessAndChangeLittle(DType type, double times) {
        var exact = new Model(new GptConfig(2, 2, 64, 12, 11, true, 0));
        Model held = exact.withCache(type);
        var backend = new ReferenceBackend();
        LogitsProgram whole = exact.logits("logits", 1, 12);
        LogitsProgram piece = held.cached("piece", 1, 4, 1);
        LogitsProgram decode = held.cached("decode", 1, 1, 1);
        long bytes = cacheBytes(exact.cached("decode", 1, 1, 1));
        assertTrue(cacheBytes(decode) * times <= bytes);
        int[] tokens = ids(12, 11, "tokens");
        try (var session =
                backend.open(List.of(whole.program(), piece.program(), decode.program()))) {
            exact.initialize(session, 7);
            session.write(whole.tokens(), tokens);
            session.write(whole.positions(), positions(1, 0, 12));
            session.run("logits");
            double[] all = session.readDoubles(whole.logits(), 0);
            double[] expected = Arrays.copyOfRange(all, 11 * 11, 12 * 11);
            double[] inPieces = last(session, piece, tokens, 4);
            double[] oneByOne = last(session, decode, tokens, 1);
            assertArrayEquals(inPieces, oneByOne, 0);
            double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
            assertArrayEquals(expected, oneByOne, 2 * largest / 254);
            assertFalse(Arrays.equals(expected, oneByOne), "nothing was rounded");
        }
    }

    private static long cacheBytes(LogitsProgram program) {
        return program.program().specs().stream()
                .filter(spec -> spec.role() == Role.CACHE)
                .mapToLong(TensorSpec::bytes)
                .sum();
    }

    /// The logits behind the last token, read so many tokens at a time.
    private static double[] last(
            ReferenceSession session, LogitsProgram program, int[] tokens, int count) {
        for (int from = 0; from < tokens.length; from += count) {
            session.write(program.tokens(), Arrays.copyOfRange(tokens, from, from + count));
            session.write(program.positions(), positions(1, from, count));
            session.write(program.requireLast().slots(), 0);
            session.write(program.requireLast().rows(), count - 1);
            session.run(program.program().name());
        }
        return session.readDoubles(program.logits(), 0);
    }

    @Test
    void cachesAreOfTypesThatFitTheHeads() {
        var model = new Model(new GptConfig(2, 2, 40, 8, 11, true, 0));
        refused(
                "a cache of Q8_0 was asked for, which needs heads of a multiple of 32 channels;"
                        + " this model's have 20, so choose BF16 or F32",
                () -> model.withCache(DType.Q8_0));
        refused(
                "a cache of Q4_0 was asked for; expected F32, BF16 or Q8_0",
                () -> model.withCache(DType.Q4_0));
    }

    private static void refused(String sentence, Executable code) {
        assertEquals(sentence, assertThrows(IllegalArgumentException.class, code).getMessage());
    }
}
