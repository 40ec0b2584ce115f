package io.tornadogpt.finetune.task;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.objective.Preference;
import io.tornadogpt.core.op.PreferenceLoss;
import io.tornadogpt.finetune.DpoSettings;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.DataFileException;
import io.tornadogpt.trainer.data.Rows;
import io.tornadogpt.trainer.loop.Tally;
import io.tornadogpt.trainer.loop.TrainingPrograms;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Direct preference optimization: learns to prefer one answer to another, compared with what the
/// model gave them before the first step. That is computed once, with the weights that the run
/// starts from, and kept with the run's data.
public final class DpoTask extends RowTask {
    private static final String FILE = "reference.safetensors";
    private static final String TRAINING = "training";
    private static final String VALIDATION = "validation";

    private final DpoSettings settings;

    /// @param validation null for none
    DpoTask(
            Source source,
            DpoSettings settings,
            PreferenceRows training,
            @Nullable PreferenceRows validation) {
        super(source, training, validation);
        this.settings = settings;
    }

    @Override
    int sequencesOfRow() {
        return 2;
    }

    @Override
    public Objective objective() {
        return new Preference(settings.settings());
    }

    @Override
    public boolean measuresFirst() {
        return true;
    }

    private Map<String, PreferenceRows> parts() {
        var parts = new LinkedHashMap<String, PreferenceRows>();
        parts.put(TRAINING, (PreferenceRows) training());
        if (validationRows() instanceof PreferenceRows rows) {
            parts.put(VALIDATION, rows);
        }
        return parts;
    }

    @Override
    public void begin(Session session, TrainingPrograms programs, Path folder) throws IOException {
        var writer = new SafetensorsWriter();
        for (Map.Entry<String, PreferenceRows> part : parts().entrySet()) {
            PreferenceRows rows = part.getValue();
            measure(session, programs.evaluate(), rows);
            float[] reference = rows.reference();
            writer.tensor(
                    part.getKey(),
                    StorageType.F32,
                    List.of((long) rows.count(), 2L),
                    (from, block, count) ->
                            System.arraycopy(reference, Math.toIntExact(from), block, 0, count));
        }
        Files.createDirectories(folder);
        writer.write(folder.resolve(FILE));
        Manifest.of(folder).write(folder);
    }

    /// What the session's weights give each answer.
    private static void measure(Session session, List<LossProgram> programs, PreferenceRows rows) {
        List<Batch> rooms = programs.stream().map(Batch::new).toList();
        int size = rooms.getFirst().sequences() / 2;
        for (int from = 0; from < rows.count(); from += size) {
            int to = Math.min(rows.count(), from + size);
            List<int[]> lines = lines(from, to);
            int form = form(rooms, rows, from, to);
            LossProgram program = programs.get(form);
            rows.fill(lines, rooms.get(form));
            rooms.get(form).write(session, 0, 0, 0, 0);
            session.run(program.program().name());
            float[] losses = session.readFloats(program.output("sequences"));
            for (int row = from; row < to; row++) {
                rows.reference()[2 * row] = losses[row - from];
                rows.reference()[2 * row + 1] = losses[size + row - from];
            }
        }
    }

    private static List<int[]> lines(int from, int to) {
        return IntStream.range(from, to).mapToObj(row -> new int[] {row}).toList();
    }

    private static int form(List<Batch> rooms, Rows rows, int from, int to) {
        int longest = 0;
        for (int row = from; row < to; row++) {
            longest = Math.max(longest, rows.length(row));
        }
        int form = 0;
        while (rooms.get(form).length() < longest) {
            form++;
        }
        return form;
    }

    @Override
    public void resume(
            Session session, TrainingPrograms programs, Path folder, @Nullable Path checkpoint)
            throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(FILE))) {
            for (Map.Entry<String, PreferenceRows> part : parts().entrySet()) {
                float[] stored = file.floats(part.getKey());
                float[] reference = part.getValue().reference();
                if (stored.length != reference.length) {
                    throw new DataFileException(
                            folder.resolve(FILE),
                            "tensor '" + part.getKey() + "'",
                            "has %d numbers for %d answers"
                                    .formatted(stored.length, reference.length),
                            "start a new run");
                }
                System.arraycopy(stored, 0, reference, 0, stored.length);
            }
        }
    }

    @Override
    public Tally tally() {
        return new Rewards(settings.beta(), settings.loss() == PreferenceLoss.Form.IPO);
    }

    /// How much better chosen answers are than rejected ones, under TRL's names. A reward is beta
    /// times what the model's log-probability of an answer is above the reference's, both added up
    /// over its tokens.
    private static final class Rewards implements Tally {
        private final double beta;
        private final boolean mean;
        private double chosen;
        private double rejected;
        private double right;
        private double chosenLogps;
        private double rejectedLogps;
        private long pairs;

        /// @param mean whether losses are averaged over an answer's tokens
        Rewards(double beta, boolean mean) {
            this.beta = beta;
            this.mean = mean;
        }

        @Override
        public void add(Session session, LossProgram program, Batch batch) {
            float[] losses = session.readFloats(program.output("sequences"));
            float[] reference = batch.numbers("reference");
            float[] counts = batch.numbers("pairs");
            for (int pair = 0; pair < counts.length; pair++) {
                if (counts[pair] > 0) {
                    int other = counts.length + pair;
                    double of = mean ? tokens(batch, pair) : 1;
                    double ofOther = mean ? tokens(batch, other) : 1;
                    double good = beta * of * (reference[pair] - losses[pair]);
                    double bad = beta * ofOther * (reference[other] - losses[other]);
                    chosen += good;
                    rejected += bad;
                    right += good > bad ? 1 : 0;
                    chosenLogps -= of * losses[pair];
                    rejectedLogps -= ofOther * losses[other];
                    pairs++;
                }
            }
        }

        private static int tokens(Batch batch, int line) {
            int[] targets = batch.integers("targets");
            int count = 0;
            for (int i = 0; i < batch.length(); i++) {
                count += targets[line * batch.length() + i] >= 0 ? 1 : 0;
            }
            return count;
        }

        @Override
        public double[] drain() {
            double[] sums = {chosen, rejected, right, chosenLogps, rejectedLogps, pairs};
            clear();
            return sums;
        }

        @Override
        public void add(double[] sums) {
            chosen += sums[0];
            rejected += sums[1];
            right += sums[2];
            chosenLogps += sums[3];
            rejectedLogps += sums[4];
            pairs += (long) sums[5];
        }

        private void clear() {
            chosen = 0;
            rejected = 0;
            right = 0;
            chosenLogps = 0;
            rejectedLogps = 0;
            pairs = 0;
        }

        @Override
        public Map<String, Double> take() {
            if (pairs == 0) {
                return Map.of();
            }
            Map<String, Double> metrics =
                    Map.of(
                            "rewards/chosen", chosen / pairs,
                            "rewards/rejected", rejected / pairs,
                            "rewards/accuracies", right / pairs,
                            "rewards/margins", (chosen - rejected) / pairs,
                            "logps/chosen", chosenLogps / pairs,
                            "logps/rejected", rejectedLogps / pairs);
            clear();
            return metrics;
        }
    }
}
