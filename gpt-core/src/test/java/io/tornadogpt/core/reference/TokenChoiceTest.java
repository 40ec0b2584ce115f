package io.tornadogpt.core.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

class TokenChoiceTest {
    private static final int DRAWS = 1_000_000;
    private static final double[] LOGITS = {0.3, -1, 2, 0.3, -4};

    /// The chi-square distribution's quantiles at a significance of 0.001, by degrees of freedom.
    private static final double[] CRITICAL = {0, 10.83, 13.82, 16.27, 18.47};

    /// Pearson's chi-square; the keys are fixed.
    @Test
    void tokensAreDrawnAsOftenAsTheSoftmaxSays() {
        checkCounts(draws(1, 0, 5), softmax(1, 0, 1, 2, 3, 4));
        checkCounts(draws(0.5, 0, 6), softmax(0.5, 0, 1, 2, 3, 4));
        checkCounts(draws(2, 3, 7), softmax(2, 0, 2, 3));
        checkCounts(draws(2, 2, 8), softmax(2, 0, 2)); // tokens 0 and 3 tie for the second place
    }

    @Test
    void aDrawIsAFunctionOfItsKey() {
        assertEquals(Arrays.hashCode(draws(1, 0, 5)), Arrays.hashCode(draws(1, 0, 5)));
        assertTrue(Arrays.mismatch(draws(1, 0, 5), draws(1, 0, 6)) >= 0);
    }

    @Test
    void settingsOfAnotherSizeAreRefused() {
        TensorSpec settings = spec("settings", DType.F32, 3);
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                new Sample(
                                        spec("logits", DType.F32, 2, 5).whole(),
                                        spec("rng", DType.I32, 2, 4).whole(),
                                        settings.whole(),
                                        spec("ids", DType.I32, 2).whole(),
                                        0));
        assertTrue(e.getMessage().contains("expected 4"), e.getMessage());
    }

    private static double[] softmax(double temperature, int... kept) {
        double[] p = new double[LOGITS.length];
        for (int v : kept) {
            p[v] = Math.exp(LOGITS[v] / temperature);
        }
        double sum = Arrays.stream(p).sum();
        return Arrays.stream(p).map(x -> x / sum).toArray();
    }

    private static void checkCounts(int[] ids, double[] expected) {
        int[] counts = new int[expected.length];
        Arrays.stream(ids).forEach(id -> counts[id]++);
        double statistic = 0;
        int kept = 0;
        for (int v = 0; v < counts.length; v++) {
            double mean = DRAWS * expected[v];
            if (mean == 0) {
                assertEquals(0, counts[v], "draws of token " + v);
            } else {
                statistic += (counts[v] - mean) * (counts[v] - mean) / mean;
                kept++;
            }
        }
        assertTrue(
                statistic < CRITICAL[kept - 1],
                "chi-square %.2f of %s, expected %s"
                        .formatted(statistic, Arrays.toString(counts), Arrays.toString(expected)));
    }

    private static TensorSpec spec(String name, DType type, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), type, Role.INPUT);
    }

    private static int[] keys(int step) {
        int[] keys = new int[4 * DRAWS];
        for (int row = 0; row < DRAWS; row++) {
            keys[4 * row] = 9;
            keys[4 * row + 1] = 8;
            keys[4 * row + 2] = step;
            keys[4 * row + 3] = row;
        }
        return keys;
    }

    private static int[] draws(double temperature, int k, int step) {
        TensorSpec logits = spec("logits", DType.F32, DRAWS, LOGITS.length);
        TensorSpec rng = spec("rng", DType.I32, DRAWS, 4);
        TensorSpec settings = spec("settings", DType.F32, DRAWS, 2);
        TensorSpec ids = spec("ids", DType.I32, DRAWS);
        Op op = new Sample(logits.whole(), rng.whole(), settings.whole(), ids.whole(), 1);
        Program program = Program.builder("draw").once("draw", ops -> ops.accept(op)).build();
        float[] rows = new float[DRAWS * LOGITS.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) LOGITS[i % LOGITS.length];
        }
        int[] drawn = new int[DRAWS];
        try (ReferenceSession session = new ReferenceBackend().open(List.of(program))) {
            session.write(logits, 0, MemorySegment.ofArray(rows));
            session.write(rng, 0, MemorySegment.ofArray(keys(step)));
            float[] how = new float[2 * DRAWS];
            for (int row = 0; row < DRAWS; row++) {
                how[2 * row] = (float) temperature;
                how[2 * row + 1] = k;
            }
            session.write(settings, 0, MemorySegment.ofArray(how));
            session.run("draw");
            session.read(ids, 0, MemorySegment.ofArray(drawn));
        }
        return drawn;
    }
}
