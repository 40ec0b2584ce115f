package io.tornadogpt.core.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.List;

class ReferenceSessionTest {
    private final Model model = new Model(new GptConfig(1, 2, 4, 8, 11, true, 0));
    private final LossProgram loss = model.evaluate(1, 3);
    private final LogitsProgram decode = model.cached("decode", 1, 2, 1);

    @Test
    void isFoundAmongTheBackends() {
        assertEquals(ReferenceBackend.class, Backends.named("reference").getClass());
        var e = assertThrows(IllegalArgumentException.class, () -> Backends.named("abacus"));
        assertTrue(e.getMessage().startsWith("no device is named 'abacus'; there is: "));
    }

    @Test
    void holdsAsManyBytesAsItsPlanSays() {
        var backend = new ReferenceBackend();
        var programs = List.of(model.accumulate(1, 3).program(), decode.program());
        try (var session = backend.open(programs)) {
            assertEquals(backend.plan(programs).bytes(), session.allocatedBytes());
        }
    }

    @Test
    void doublesAreKeptAsDoubles() {
        try (var session = session()) {
            TensorSpec weight = model.parameters().getFirst().spec();
            double[] values = new double[44];
            values[43] = Math.PI;
            session.writeDoubles(weight, 0, values);
            assertArrayEquals(values, session.readDoubles(weight, 0));
            assertEquals((float) Math.PI, session.readFloats(weight)[43]);
        }
    }

    @Test
    void idsThatCannotBeAreRefusedByIdPositionAndLimit() {
        try (var session = session()) {
            session.write(loss.positions(), loss.everyPosition());
            session.write(loss.tokens(), 1, 2, 11);
            refused(
                    "Embedding: element 2 of evaluate.tokens is 11 but the table has 11 rows;"
                            + " expected 0 to 10",
                    () -> session.run("evaluate"));
            session.write(loss.tokens(), 1, -1, 3);
            refused(
                    "Embedding: element 1 of evaluate.tokens is -1 but the table has 11 rows;"
                            + " expected 0 to 10",
                    () -> session.run("evaluate"));
            session.write(loss.tokens(), 1, 2, 3);
            session.write(loss.targets(), 12, 2, 3);
            refused(
                    "CrossEntropy: element 0 of evaluate.targets is 12 but a row has 11 logits;"
                            + " expected 0 to 10",
                    () -> session.run("evaluate"));
            session.write(decode.positions(), 7, 8);
            refused(
                    "Embedding: element 1 of decode.positions is 8 but the table has 8 rows;"
                            + " expected 0 to 7",
                    () -> session.run("decode"));
        }
    }

    @Test
    void wrongUseIsRefusedInASentence() {
        try (var session = session()) {
            refused(
                    "this session has no program 'train'; it has [evaluate, decode]",
                    () -> session.run("train"));
            refused(
                    "a slice of evaluate.tokens [1, 3] has 12 bytes but 8 were given",
                    () -> session.write(loss.tokens(), 1, 2));
            TensorSpec weight = model.parameters().get(2).spec();
            refused(
                    "transformer.h.*.ln_1.weight has no slice 1; expected 0 to 0",
                    () -> session.readFloats(weight, 1));
            var unknown = new TensorSpec("x", Shape.of(1), DType.F32, Role.INPUT);
            var e = assertThrows(IllegalArgumentException.class, () -> session.write(unknown, 1f));
            assertTrue(e.getMessage().startsWith("no program of this session names "));
        }
    }

    private ReferenceSession session() {
        return new ReferenceBackend().open(List.of(loss.program(), decode.program()));
    }

    private static void refused(String sentence, Executable code) {
        assertEquals(sentence, assertThrows(IllegalArgumentException.class, code).getMessage());
    }
}
