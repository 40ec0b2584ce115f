package io.tornadogpt.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

class CpuSessionTest {
    private static final Backend CPU = Backends.named("cpu");
    private final Model model = new Model(new GptConfig(2, 2, 16, 8, 11, true, 0));
    private final LossProgram accumulate = model.accumulate(2, 8);
    private final UpdateProgram update =
            model.update(new AdamW.Settings(0.9, 0.99, 1e-8, 0.1), 1.0);
    private final LogitsProgram decode = model.cached("decode", 1, 1, 1);
    private final List<Program> programs =
            List.of(accumulate.program(), update.program(), decode.program());

    @Test
    void allocatesWhatThePlanSays() {
        try (Session session = CPU.open(programs)) {
            assertEquals(CPU.plan(programs).bytes(), session.allocatedBytes());
        }
    }

    @Test
    void whatWasWrittenIsRead() {
        TensorSpec weight = model.parameters().getLast().spec();
        float[] values = new float[(int) weight.shape().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i - 0.5f;
        }
        try (Session session = CPU.open(programs)) {
            session.write(weight, 0, MemorySegment.ofArray(values));
            assertArrayEquals(values, session.readFloats(weight, 0));
        }
    }

    /// The memory of one slice as a file may hold it, and how often it was given back.
    private record Lent(MemorySegment values, AtomicInteger releases) {
        static Lent of(Arena arena, float... values) {
            MemorySegment memory = arena.allocate(4L * values.length + 4, 8).asSlice(4);
            return new Lent(memory.copyFrom(MemorySegment.ofArray(values)), new AtomicInteger());
        }

        boolean to(Session session, TensorSpec tensor, int slice) {
            return session.lend(tensor, slice, values, releases::incrementAndGet);
        }
    }

    private float[] logits(Session session) {
        session.write(decode.tokens(), 3);
        session.write(decode.positions(), 0);
        session.run("decode");
        return session.readFloats(decode.logits());
    }

    @Test
    void lentParametersAreReadInPlaceUntilTheSessionIsClosed() {
        List<Program> reading = List.of(decode.program());
        var releases = new AtomicInteger();
        Runnable release = releases::incrementAndGet;
        Session lending = CPU.open(reading);
        try (Arena arena = Arena.ofConfined();
                Session copying = CPU.open(reading)) {
            model.initialize(copying, 1);
            for (var parameter : model.parameters()) {
                TensorSpec spec = parameter.spec();
                for (int slice = 0; slice < spec.slices(); slice++) {
                    float[] values = copying.readFloats(spec, slice);
                    var lent = Lent.of(arena, values).values();
                    assertTrue(lending.lend(spec, slice, lent, release), spec.name());
                    assertArrayEquals(values, lending.readFloats(spec, slice));
                }
            }
            assertArrayEquals(logits(copying), logits(lending));
            long parameters = CPU.plan(reading).bytes(Role.PARAMETER);
            assertEquals(copying.allocatedBytes() - parameters, lending.allocatedBytes());
            assertEquals(0, releases.get());
            lending.close();
            lending.close();
            assertEquals(1, releases.get());
        }
    }

    @Test
    void whatIsWrittenTakesThePlaceOfWhatWasLent() {
        TensorSpec bias = model.parameters().getLast().spec();
        try (Arena arena = Arena.ofConfined();
                Session session = CPU.open(List.of(decode.program()))) {
            model.initialize(session, 1);
            float[] before = logits(session);
            Lent lent = Lent.of(arena, session.readFloats(bias));
            lent.values().set(ValueLayout.JAVA_FLOAT, 0, 5);
            assertTrue(lent.to(session, bias, 0));
            float[] other = logits(session);
            assertFalse(Arrays.equals(before, other));
            session.write(bias, new float[(int) bias.elements()]);
            assertArrayEquals(before, logits(session));
            assertEquals(5, lent.values().get(ValueLayout.JAVA_FLOAT, 0));
        }
    }

    @Test
    void parametersThatAProgramWritesAndValuesOffTheirAlignmentAreCopied() {
        TensorSpec weight = model.parameters().getFirst().spec();
        float[] values = new float[(int) weight.elements()];
        Arrays.fill(values, 0.5f);
        var releases = new AtomicInteger();
        try (Arena arena = Arena.ofConfined()) {
            try (Session training = CPU.open(programs);
                    Session reading = CPU.open(List.of(decode.program()))) {
                var lent = new Lent(Lent.of(arena, values).values(), releases);
                assertFalse(lent.to(training, weight, 0));
                MemorySegment odd = arena.allocate(weight.bytes() + 1, 8).asSlice(1);
                odd.copyFrom(lent.values());
                assertFalse(new Lent(odd, releases).to(reading, weight, 0));
                lent.values().fill((byte) 0);
                odd.fill((byte) 0);
                assertArrayEquals(values, training.readFloats(weight));
                assertArrayEquals(values, reading.readFloats(weight));
            }
        }
        assertEquals(0, releases.get());
    }

    @Test
    void aStoredModelStaysMappedForTheSessionThatReadsIt(@TempDir Path folder) throws IOException {
        List<Program> reading = List.of(decode.program());
        try (Session first = CPU.open(reading);
                Session second = CPU.open(reading)) {
            model.initialize(first, 1);
            ModelDirectory.save(folder, model, first);
            ModelDirectory.open(folder).load(model, second);
            long parameters = CPU.plan(reading).bytes(Role.PARAMETER);
            assertEquals(first.allocatedBytes() - parameters, second.allocatedBytes());
            assertArrayEquals(logits(first), logits(second));
        }
    }

    @Test
    void everythingStartsAsZeros() {
        try (Session session = CPU.open(programs)) {
            for (var parameter : model.parameters()) {
                for (float value : session.readFloats(parameter.spec(), 0)) {
                    assertEquals(0, value);
                }
            }
        }
    }

    @Test
    void anUnknownProgramIsRefusedByName() {
        try (Session session = CPU.open(programs)) {
            var thrown = assertThrows(IllegalArgumentException.class, () -> session.run("guess"));
            assertTrue(thrown.getMessage().contains("'guess'"), thrown.getMessage());
            assertTrue(thrown.getMessage().contains("accumulate"), thrown.getMessage());
        }
    }

    @Test
    void aTokenBeyondTheVocabularyIsRefusedAndTheSessionGoesOn() {
        try (Session session = CPU.open(programs)) {
            model.initialize(session, 1);
            session.write(accumulate.positions(), accumulate.everyPosition());
            int[] tokens = new int[16];
            tokens[5] = 11;
            session.write(accumulate.tokens(), tokens);
            var thrown =
                    assertThrows(IllegalArgumentException.class, () -> session.run("accumulate"));
            assertEquals(
                    "Embedding: id 11 at index 5; the table has rows 0 to 10", thrown.getMessage());
            tokens[5] = 10;
            session.write(accumulate.tokens(), tokens);
            session.run("accumulate");
        }
    }

    @Test
    void aPositionBeyondTheCacheIsRefused() {
        try (Session session = CPU.open(programs)) {
            model.initialize(session, 1);
            session.write(decode.positions(), -1);
            assertThrows(IllegalArgumentException.class, () -> session.run("decode"));
        }
    }

    @Test
    void aWrongNumberOfValuesIsRefused() {
        try (Session session = CPU.open(programs)) {
            var thrown =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> session.write(accumulate.gradientScale(), 1f, 2f));
            assertTrue(thrown.getMessage().contains("8 bytes"), thrown.getMessage());
        }
    }

    @Test
    void aClosedSessionRefusesToRun() {
        Session session = CPU.open(programs);
        session.close();
        session.close();
        assertThrows(IllegalStateException.class, () -> session.run("accumulate"));
    }

    @Test
    void theBackendSaysWhatItRunsOn() {
        assertEquals("cpu", CPU.name());
        assertTrue(CPU.description().matches("Vector API, \\d+ bits"));
    }

    @Test
    void aProfileTellsWhatEachKindOfOperationTookSinceItWasAsked() {
        Program once = decode.program();
        try (Session session = CPU.open(programs, ExecutionOptions.DEFAULT.profiled())) {
            session.run("decode");
            session.run("decode");

            Profile profile = session.profile().orElseThrow();
            long calls = profile.ops().stream().mapToLong(Profile.OpTime::calls).sum();
            assertEquals(2L * CPU.rewritten(List.of(once)).getFirst().steps().size(), calls);
            assertEquals(calls, profile.launches());
            assertTrue(
                    profile.ops().stream().anyMatch(op -> op.op().equals("MatMul 1x48x16 NN")),
                    profile.toString());
            long[] nanos = profile.ops().stream().mapToLong(Profile.OpTime::nanos).toArray();
            assertTrue(LongStream.of(nanos).sum() <= profile.wallNanos(), profile.toString());
            assertEquals(0, session.profile().orElseThrow().launches());
        }
        try (Session session = CPU.open(programs)) {
            session.run("decode");
            assertTrue(session.profile().isEmpty());
        }
    }
}
