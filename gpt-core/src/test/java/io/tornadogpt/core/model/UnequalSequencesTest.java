package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.model.objective.TokenPrediction;
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.reference.ReferenceSession;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Sequences and targets of unequal numbers: however they are put into batches, each has the logits
/// and gradients that it has alone.
class UnequalSequencesTest {
    private static final int V = 11;
    private static final int[] LENGTHS = {5, 16, 1, 9};
    private static final List<ModelConfig> MODELS =
            List.of(
                    TinyModels.GPT2_OF_THREE_LAYERS,
                    TinyModels.LLAMA,
                    bidirectional(TinyModels.GPT2_OF_THREE_LAYERS),
                    bidirectional(TinyModels.LLAMA));

    private static ModelConfig bidirectional(ModelConfig config) {
        Architecture a = config.architecture();
        return config.with(
                new Architecture(
                        a.layers(),
                        a.width(),
                        a.vocabulary(),
                        a.context(),
                        a.norms(),
                        a.position(),
                        a.attention().bidirectional(),
                        a.mlp(),
                        a.form(),
                        a.embedding(),
                        a.head(),
                        a.dropout()));
    }

    /// Sequences in the rows of a batch: `rows[r]` are the numbers of those in row r.
    private record Layout(int length, int[]... rows) {
        int[] fill(int[] into, int padding, Map<Integer, int[]> values) {
            Arrays.fill(into, padding);
            for (int row = 0; row < rows.length; row++) {
                int at = row * length;
                for (int sequence : rows[row]) {
                    int[] own = Objects.requireNonNull(values.get(sequence));
                    System.arraycopy(own, 0, into, at, own.length);
                    at += own.length;
                }
            }
            return into;
        }

        int[] spans() {
            int[] spans = new int[2 * rows.length * length];
            for (int row = 0; row < rows.length; row++) {
                int start = 0;
                for (int sequence : rows[row]) {
                    int end = start + LENGTHS[sequence];
                    for (int i = start; i < end; i++) {
                        spans[2 * (row * length + i)] = start;
                        spans[2 * (row * length + i) + 1] = end;
                    }
                    start = end;
                }
            }
            return spans;
        }

        /// Where each sequence begins, as a row of the flattened batch.
        int start(int wanted) {
            for (int row = 0; row < rows.length; row++) {
                int at = row * length;
                for (int sequence : rows[row]) {
                    if (sequence == wanted) {
                        return at;
                    }
                    at += LENGTHS[sequence];
                }
            }
            throw new IllegalArgumentException("no sequence " + wanted);
        }
    }

    private static final List<Layout> LAYOUTS =
            List.of(
                    new Layout(16, new int[][] {{0}, {1}, {2}, {3}}), // padded
                    new Layout(20, new int[][] {{0, 3, 2}, {1}}), // packed
                    new Layout(24, new int[][] {{1, 2, 0}, {3}})); // packed, another order

    @Test
    void eachSequenceHasTheLogitsThatItHasAlone() {
        for (ModelConfig config : MODELS) {
            var model = new Model(config);
            for (Layout layout : LAYOUTS) {
                var form = BatchForm.padded(layout.rows.length, layout.length);
                LogitsProgram together = model.logits("together", form);
                try (var session = new ReferenceBackend().open(List.of(together.program()))) {
                    Runs.large(model, session);
                    write(session, together.inputs(), layout);
                    session.run("together");
                    double[] logits = session.readDoubles(together.logits(), 0);
                    for (int sequence = 0; sequence < LENGTHS.length; sequence++) {
                        int from = V * layout.start(sequence);
                        double[] own =
                                Arrays.copyOfRange(logits, from, from + V * LENGTHS[sequence]);
                        assertArrayEquals(alone(model, sequence), own, 1e-12);
                    }
                }
            }
        }
    }

    private static double[] alone(Model model, int sequence) {
        LogitsProgram program = model.logits("alone", 1, LENGTHS[sequence]);
        try (var session = new ReferenceBackend().open(List.of(program.program()))) {
            Runs.large(model, session);
            session.write(program.tokens(), tokens(sequence));
            session.write(program.positions(), program.inputs().everyPosition());
            session.run("alone");
            return session.readDoubles(program.logits(), 0);
        }
    }

    private static int[] tokens(int sequence) {
        return Runs.ids(LENGTHS[sequence], V, "tokens" + sequence);
    }

    /// The last token of a sequence predicts nothing.
    private static int[] targets(int sequence) {
        int[] targets = Runs.ids(LENGTHS[sequence], V, "targets" + sequence);
        targets[targets.length - 1] = -1;
        return targets;
    }

    private static void write(Session session, Inputs inputs, Layout layout) {
        Map<Integer, int[]> tokens = new HashMap<>();
        Map<Integer, int[]> positions = new HashMap<>();
        for (int sequence = 0; sequence < LENGTHS.length; sequence++) {
            tokens.put(sequence, tokens(sequence));
            int[] places = new int[LENGTHS[sequence]];
            Arrays.setAll(places, i -> i);
            positions.put(sequence, places);
        }
        int size = layout.rows.length * layout.length;
        session.write(inputs.tokens(), layout.fill(new int[size], 0, tokens));
        session.write(inputs.positions(), layout.fill(new int[size], 0, positions));
        session.write(Objects.requireNonNull(inputs.spans()), layout.spans());
    }

    @Test
    void gradientsAreTheSumOfThoseThatSequencesHaveAlone() {
        for (ModelConfig config : MODELS) {
            var model = new Model(config);
            Map<String, double[]> expected = new HashMap<>();
            for (int sequence = 0; sequence < LENGTHS.length; sequence++) {
                int own = sequence;
                LossProgram program = model.accumulate(1, LENGTHS[sequence]);
                Runs.gradients(
                                model,
                                program,
                                session -> {
                                    session.write(program.tokens(), tokens(own));
                                    session.write(program.targets(), targets(own));
                                    session.write(program.positions(), program.everyPosition());
                                    session.write(program.gradientScale(), 1f);
                                    session.run("accumulate");
                                })
                        .forEach((name, g) -> expected.merge(name, g, UnequalSequencesTest::sum));
            }
            for (Layout layout : LAYOUTS) {
                var form = BatchForm.padded(layout.rows.length, layout.length);
                LossProgram program =
                        model.accumulate(
                                "accumulate", TokenPrediction.PLAIN, form, Trainable.all(model));
                Runs.gradients(model, program, session -> accumulate(session, program, layout))
                        .forEach(
                                (name, g) -> assertArrayEquals(expected.get(name), g, 1e-11, name));
            }
        }
    }

    private static void accumulate(ReferenceSession session, LossProgram program, Layout layout) {
        write(session, program.inputs(), layout);
        Map<Integer, int[]> targets = new HashMap<>();
        for (int sequence = 0; sequence < LENGTHS.length; sequence++) {
            targets.put(sequence, targets(sequence));
        }
        int size = layout.rows.length * layout.length;
        session.write(program.targets(), layout.fill(new int[size], -1, targets));
        session.write(program.gradientScale(), 1f);
        session.run("accumulate");
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        Arrays.setAll(sum, i -> a[i] + b[i]);
        return sum;
    }

    @Test
    void unequalNumbersOfTargetsAccumulateToOneLargeBatch() {
        int[] counts = {1, 7, 30, 64};
        for (ModelConfig small : List.of(TinyModels.GPT2_OF_THREE_LAYERS, TinyModels.LLAMA)) {
            var model = new Model(longer(small));
            LossProgram four = model.accumulate(4, 64);
            LossProgram one = model.accumulate(1, 64);
            float scale = 1f / Arrays.stream(counts).sum();
            int[] tokens = Runs.ids(4 * 64, V, "tokens");
            int[] targets = Runs.ids(4 * 64, V, "targets");
            for (int row = 0; row < 4; row++) {
                Arrays.fill(targets, row * 64 + counts[row], (row + 1) * 64, -1);
            }
            Map<String, double[]> expected =
                    Runs.gradients(
                            model,
                            four,
                            session -> accumulate(session, four, tokens, targets, scale));
            double[] sums = new double[2];
            Map<String, double[]> actual =
                    Runs.gradients(
                            model,
                            one,
                            session -> {
                                for (int row = 0; row < 4; row++) {
                                    int[] own = Arrays.copyOfRange(tokens, row * 64, row * 64 + 64);
                                    int[] aims =
                                            Arrays.copyOfRange(targets, row * 64, row * 64 + 64);
                                    accumulate(session, one, own, aims, scale);
                                    sums[0] += session.readDoubles(one.loss(), 0)[0];
                                    sums[1] += session.readDoubles(one.count(), 0)[0];
                                }
                            });
            actual.forEach((name, g) -> assertArrayEquals(expected.get(name), g, 1e-12, name));
            assertEquals(102, sums[1]);
        }
    }

    private static ModelConfig longer(ModelConfig config) {
        Architecture a = config.architecture();
        return config.with(
                new Architecture(
                        a.layers(),
                        a.width(),
                        a.vocabulary(),
                        64,
                        a.norms(),
                        a.position(),
                        a.attention(),
                        a.mlp(),
                        a.form(),
                        a.embedding(),
                        a.head(),
                        a.dropout()));
    }

    private static void accumulate(
            Session session, LossProgram program, int[] tokens, int[] targets, float scale) {
        session.write(program.tokens(), tokens);
        session.write(program.targets(), targets);
        session.write(program.positions(), program.everyPosition());
        session.write(program.gradientScale(), scale);
        session.run("accumulate");
    }
}
