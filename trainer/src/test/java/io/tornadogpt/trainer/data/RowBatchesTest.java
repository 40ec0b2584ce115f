package io.tornadogpt.trainer.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.objective.TokenPrediction;
import io.tornadogpt.core.random.Threefry;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.loop.TrainingStep;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

class RowBatchesTest {
    private static final Model MODEL = new Model(new GptConfig(2, 2, 8, 64, 31, true, 0));

    /// Rows with 1, 7, 30 and 64 targets, and rows whose prompts are not predicted.
    private static List<Row> rows() {
        var random = new Random(4);
        var rows = new ArrayList<Row>();
        for (int length : new int[] {1, 7, 30, 64}) {
            rows.add(Row.ofText(random.ints(length + 1, 0, 31).toArray(), 1));
        }
        for (int length : new int[] {12, 40, 25, 3}) {
            rows.add(Row.ofText(random.ints(length, 0, 31).toArray(), length / 2));
        }
        return rows;
    }

    /// The order of rows is part of what a resumed run must find again.
    @Test
    void rowsAreShuffledByASignedWordEach() {
        var random = Threefry.of(7, 2, 0);
        int[] expected =
                IntStream.range(0, 1000)
                        .boxed()
                        .sorted(
                                Comparator.comparingInt((Integer i) -> random.word(i, 0, -5, 0))
                                        .thenComparing(i -> i))
                        .mapToInt(i -> i)
                        .toArray();
        assertArrayEquals(expected, RowBatches.shuffled(1000, random, -5));
    }

    /// Weights after two steps in which every row is seen once.
    private static Map<String, double[]> train(RowBatches source, int microBatches) {
        TrainConfig config = TrainConfig.defaults().with("gradClip=1");
        TrainingPrograms programs =
                TrainingPrograms.of(
                        MODEL,
                        config,
                        TokenPrediction.PLAIN,
                        source.forms(),
                        Trainable.all(MODEL),
                        false);
        try (Session session = Backends.named("reference").open(programs.programs())) {
            MODEL.initialize(session, 5);
            var step = new TrainingStep(session, programs, source, microBatches, 1);
            for (int i = 0; i < 2; i++) {
                TrainingStep.Result result = step.run(i, 0.01, () -> false).orElseThrow();
                assertEquals(143, result.targets());
                assertTrue(result.updated());
            }
            var weights = new TreeMap<String, double[]>();
            for (var parameter : MODEL.parameters()) {
                TensorSpec spec = parameter.spec();
                for (int slice = 0; slice < spec.slices(); slice++) {
                    weights.put(spec.sliceName(slice), session.readDoubles(spec, slice));
                }
            }
            return weights;
        }
    }

    @Test
    void unequalTargetsGiveTheSameStepHoweverTheyAreDivided() {
        var one = new TreeSet<>(List.of(64));
        Map<String, double[]> expected = train(RowBatches.padded(rows(), 8, one, 1, 3), 1);
        List<RowBatches> others =
                List.of(
                        RowBatches.padded(rows(), 2, one, 4, 3),
                        RowBatches.padded(rows(), 1, new TreeSet<>(List.of(8, 32, 64)), 8, 3));
        for (RowBatches other : others) {
            int micros = 8 / other.forms().getFirst().sequences();
            train(other, micros)
                    .forEach(
                            (name, values) ->
                                    assertArrayEquals(expected.get(name), values, 1e-7, name));
        }
        RowBatches packed = RowBatches.packed(rows(), 1, 128, 1, 3);
        assertTrue(packed.batchesInEpoch() <= 3, "3 rows of 128 hold all positions");
    }

    @Test
    void everyRowComesOnceAnEpochInAnOrderOfItsOwn() {
        List<Row> rows = rows();
        for (RowBatches source :
                List.of(
                        RowBatches.padded(rows, 3, new TreeSet<>(List.of(16, 64)), 1, 3),
                        RowBatches.packed(rows, 2, 64, 1, 3))) {
            var firstTokens = new ArrayList<List<Integer>>();
            int batches = source.batchesInEpoch();
            for (int epoch = 0; epoch < 2; epoch++) {
                var seen = new ArrayList<Integer>();
                int targets = 0;
                for (int i = 0; i < batches; i++) {
                    Batch batch = room(source.forms().get(source.form(epoch * batches + i, 0)));
                    targets += (int) source.fill(epoch * batches + i, 0, batch);
                    for (int at = 0; at < batch.positions().length; at++) {
                        boolean real = batch.spans()[2 * at + 1] > 0;
                        if (real && batch.positions()[at] == 0) {
                            seen.add(batch.tokens()[at]);
                        }
                    }
                }
                assertEquals(143, targets);
                assertEquals(
                        rows.stream().map(row -> row.tokens()[0]).sorted().toList(),
                        seen.stream().sorted(Comparator.naturalOrder()).toList());
                firstTokens.add(seen);
            }
            assertNotEquals(firstTokens.get(0), firstTokens.get(1));
        }
    }

    @Test
    void groupedRowsAreOfAboutTheSameLengthAndEachIsSeenOnceAnEpoch() {
        var random = new Random(8);
        var rows = new ArrayList<Row>();
        for (int i = 0; i < 400; i++) {
            rows.add(Row.ofText(random.ints(2 + random.nextInt(60), 0, 31).toArray(), 1));
        }
        List<BatchForm> forms =
                RowBatches.lengths(rows, 64).stream().map(n -> BatchForm.padded(4, n)).toList();
        long[] computed = new long[2];
        for (Batching batching : List.of(Batching.PADDED, Batching.GROUPED)) {
            var source = new RowBatches(new TokenRows(rows), forms, batching, 1, Order.RANDOM, 3);
            assertEquals(100, source.batchesInEpoch());
            double targets = 0;
            for (int step = 0; step < 100; step++) {
                Batch batch = room(forms.get(source.form(step, 0)));
                targets += source.fill(step, 0, batch);
                computed[batching.equals(Batching.GROUPED) ? 1 : 0] += batch.tokens().length;
            }
            assertEquals(rows.stream().mapToInt(Row::length).sum(), targets);
        }
        assertTrue(computed[1] < 0.8 * computed[0], Arrays.toString(computed));
    }

    @Test
    void rowsInSequenceComeInTheirOrderEveryEpoch() {
        List<BatchForm> forms = List.of(BatchForm.padded(3, 64));
        var source =
                new RowBatches(
                        new TokenRows(rows()), forms, Batching.GROUPED, 1, Order.SEQUENTIAL, 3);
        Batch batch = room(forms.getFirst());
        for (int epoch = 0; epoch < 2; epoch++) {
            for (int step = 0; step < 3; step++) {
                source.fill(3 * epoch + step, 0, batch);
                assertEquals(rows().get(3 * step).tokens()[0], batch.tokens()[0]);
            }
        }
    }

    private static Batch room(BatchForm form) {
        return new Batch(MODEL.evaluate("evaluate", TokenPrediction.PLAIN, form));
    }

    @Test
    void aBatchDoesNotDependOnWhatWasAskedBefore() {
        RowBatches forwards = RowBatches.packed(rows(), 1, 64, 2, 9);
        RowBatches backwards = RowBatches.packed(rows(), 1, 64, 2, 9);
        BatchForm form = forwards.forms().getFirst();
        for (int step = 7; step >= 0; step--) {
            Batch one = room(form);
            Batch other = room(form);
            for (int i = 0; i <= step; i++) {
                forwards.fill(i, 1, one);
            }
            backwards.fill(step, 1, other);
            assertArrayEquals(one.tokens(), other.tokens());
            assertArrayEquals(one.spans(), other.spans());
            assertArrayEquals(one.integers("targets"), other.integers("targets"));
        }
    }

    @Test
    void lengthsAreFewAndFitEveryRow() {
        assertEquals(new TreeSet<>(List.of(16, 24, 32, 48, 64)), RowBatches.lengths(rows(), 1024));
        assertEquals(new TreeSet<>(List.of(16, 20)), RowBatches.lengths(rows(), 20));
    }

    @Test
    void rowsThatDoNotFitAreRefusedByTheirNumber() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> RowBatches.packed(rows(), 1, 32, 1, 1));
        assertEquals(
                "row 4 has 64 positions, but batches have 32; cut it, leave it out, or raise"
                        + " train.blockSize",
                e.getMessage());
        assertThrows(
                IllegalArgumentException.class, () -> RowBatches.packed(List.of(), 1, 32, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Row(new int[0], new int[0]));
        assertEquals(-1, Row.ofText(new int[] {1, 2, 3}, 2).targets()[0]);
        assertEquals(
                3, Arrays.stream(Row.ofText(new int[] {1, 2, 3}, 2).targets()).max().orElse(0));
    }
}
