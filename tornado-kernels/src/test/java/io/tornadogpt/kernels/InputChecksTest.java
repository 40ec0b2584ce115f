package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Attention.Columns;
import io.tornadogpt.core.op.Attention.Heads;
import io.tornadogpt.core.op.Attention.View;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.MeanPool;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Rotary;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.Values;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/// Integers that a kernel would read out of bounds with are refused before it runs, in a sentence.
class InputChecksTest {
    private static final Heads HEADS = new Heads(1, 2, 0.7);

    private static TensorSpec floats(String name, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.F32, Role.OUTPUT);
    }

    private static TensorSpec integers(String name, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.I32, Role.INPUT);
    }

    private static void run(Op op, Map<TensorSpec, double[]> inputs) {
        Program program = Program.builder("one").once("op", ops -> ops.accept(op)).build();
        try (Session session = new TornadoBackend().open(List.of(program))) {
            inputs.forEach(
                    (spec, values) ->
                            session.write(
                                    spec,
                                    0,
                                    Values.of(values)
                                            .elements(spec.dtype(), values.length, 1, "")));
            session.run("one");
        }
    }

    private static void refuses(String sentence, Op op, Map<TensorSpec, double[]> inputs) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> run(op, inputs));
        assertEquals(sentence, refusal.getMessage());
    }

    private final TensorSpec slots = integers("slots", 2);
    private final TensorSpec positions = integers("positions", 2, 1);
    private final CachedAttention cached =
            new CachedAttention(
                    new Columns(floats("qkv", 2, 1, 6).whole(), 0),
                    new Columns(floats("qkv", 2, 1, 6).whole(), 2),
                    new Columns(floats("qkv", 2, 1, 6).whole(), 4),
                    floats("keyCache", 3, 1, 4, 2).whole(),
                    floats("valueCache", 3, 1, 4, 2).whole(),
                    slots.whole(),
                    positions.whole(),
                    floats("out", 2, 1, 2).whole(),
                    HEADS,
                    View.CAUSAL);

    @Test
    void slotsThatACacheLacksAreRefused() {
        refuses(
                "CachedAttention: element 1 of slots is 3; expected 0 or more and below 3",
                cached,
                Map.of(slots, new double[] {0, 3}, positions, new double[] {1, 1}));
    }

    @Test
    void positionsBehindTheCacheAreRefusedAndNegativeOnesAreIdle() {
        refuses(
                "CachedAttention: element 0 of positions is 4; expected a number below 4",
                cached,
                Map.of(slots, new double[] {0, 1}, positions, new double[] {4, 1}));
        assertDoesNotThrow(
                () ->
                        run(
                                cached,
                                Map.of(
                                        slots,
                                        new double[] {0, 1},
                                        positions,
                                        new double[] {-1, 3})));
    }

    @Test
    void spansBehindTheSequenceAreRefused() {
        TensorSpec spans = integers("spans", 1, 2, 2);
        var attention =
                new Attention(
                        new Columns(floats("qkv", 1, 2, 6).whole(), 0),
                        new Columns(floats("qkv", 1, 2, 6).whole(), 2),
                        new Columns(floats("qkv", 1, 2, 6).whole(), 4),
                        floats("out", 1, 2, 2).whole(),
                        floats("lse", 1, 1, 2).whole(),
                        HEADS,
                        new View(true, null, spans.whole()),
                        null);
        refuses(
                "Attention: element 3 of spans is 3; expected 0 or more and below 3",
                attention,
                Map.of(spans, new double[] {0, 2, 0, 3}));
    }

    @Test
    void lengthsAboveTheSequenceAreRefused() {
        TensorSpec lengths = integers("lengths", 1);
        refuses(
                "MeanPool: element 0 of lengths is 3; expected 0 or more and below 3",
                new MeanPool(
                        floats("x", 1, 2, 5).whole(), lengths.whole(), floats("out", 1, 5).whole()),
                Map.of(lengths, new double[] {3}));
    }

    @Test
    void anglesOfAPositionLieInTheTable() {
        TensorSpec first = integers("first", 1);
        TensorSpec at = integers("at", 1, 2);
        var rotary =
                new Rotary(
                        floats("x", 1, 2, 4).whole(),
                        at.whole(),
                        floats("table", 6, 4).whole(),
                        first.whole(),
                        floats("out", 1, 2, 4).whole(),
                        new Rotary.Form(1, 4, 4, false, false));
        assertDoesNotThrow(
                () -> run(rotary, Map.of(first, new double[] {4}, at, new double[] {-1, 1})));
        refuses(
                "Rotary: element 1 of at is 2; expected a number below 2",
                rotary,
                Map.of(first, new double[] {4}, at, new double[] {0, 2}));
    }

    @Test
    void offsetsCountAndMinusOneIsNoRowWhereItMayBe() {
        TensorSpec ids = integers("ids", 2);
        TensorSpec table = floats("table", 5, 3);
        TensorSpec out = floats("out", 2, 3);
        refuses(
                "Embedding: element 1 of ids is 3; expected -1 or more and below 3",
                new Embedding(ids.whole(), table.whole(), out.whole(), 2, true),
                Map.of(ids, new double[] {-1, 3}));
        refuses(
                "Embedding: element 0 of ids is -1; expected 0 or more and below 3",
                new Embedding(ids.whole(), table.whole(), out.whole(), 2, false),
                Map.of(ids, new double[] {-1, 1}));
    }
}
