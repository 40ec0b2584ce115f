package io.tornadogpt.finetune.task;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.model.objective.Classification;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.finetune.ClassifySettings;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.RowEvaluation;
import io.tornadogpt.trainer.data.Rows;
import io.tornadogpt.trainer.loop.Evaluation;
import io.tornadogpt.trainer.loop.Tally;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Learns to tell the label of a text.
public final class ClassifyTask extends RowTask {
    private final Task.Labels labels;
    private final ClassifySettings.Layers layers;

    /// @param validation null for none
    ClassifyTask(
            Source source,
            Task.Labels labels,
            ClassifySettings.Layers layers,
            LabeledRows training,
            @Nullable LabeledRows validation) {
        super(source, training, validation);
        this.labels = labels;
        this.layers = layers;
    }

    /// The labels, and from which hidden state they are told.
    public Task.Labels labels() {
        return labels;
    }

    /// Texts of each label to train on, in the order of the labels.
    public long[] counts() {
        var counts = new long[labels.labels()];
        ((LabeledRows) training()).rows().forEach(row -> counts[row.label()]++);
        return counts;
    }

    @Override
    public Objective objective() {
        return new Classification(labels);
    }

    @Override
    public Trainable trainable(Model model, TrainConfig config) {
        if (layers == ClassifySettings.Layers.FULL) {
            return config.trainable(model);
        }
        if (model.adapter() != null) {
            throw new IllegalArgumentException(
                    "classify.layers is %s, but lora.rank asks for an adapter, beside which the head alone is trained; set classify.layers=full, or lora.rank=0"
                            .formatted(layers.name().toLowerCase(Locale.ROOT)));
        }
        if (!config.frozen().isEmpty()) {
            throw new IllegalArgumentException(
                    "train.frozen is '%s' and classify.layers %s, which both say what is trained; set classify.layers=full to freeze by name"
                            .formatted(config.frozen(), layers.name().toLowerCase(Locale.ROOT)));
        }
        var trained = new ArrayList<Trainable.Trained>();
        for (Parameter parameter : model.parameters()) {
            Part part = parameter.part();
            Trainable.Trained all = Trainable.Trained.all(parameter);
            if (part == null || part.inHead()) {
                trained.add(all);
            } else if (part == Part.FINAL_NORM && layers.blocks() > 0) {
                trained.add(all);
            } else if (part.inBlock()) {
                addLast(trained, all, model.architecture().layers() - layers.blocks());
            }
        }
        return new Trainable(trained);
    }

    /// The layers of a stacked parameter from one on.
    private static void addLast(List<Trainable.Trained> trained, Trainable.Trained all, int from) {
        TensorSpec spec = all.parameter().spec();
        int first = Math.max(spec.first(), from);
        int count = spec.first() + spec.layers() - first;
        if (count > 0) {
            trained.add(
                    new Trainable.Trained(
                            all.parameter(), first, count, all.rateScale(), all.decays()));
        }
    }

    @Override
    public Tally tally() {
        return new Counted();
    }

    /// Counts what labels a model gives the texts that are validated on, or trained on where there
    /// are none, all of them.
    public ConfusionMatrix measure(
            StoredModel stored, TrainConfig config, Backend backend, ExecutionOptions execution)
            throws IOException {
        List<BatchForm> forms = forms(config);
        Model model = stored.model().withContext(context(stored, forms));
        var programs = new ArrayList<LossProgram>();
        for (BatchForm form : forms) {
            programs.add(model.evaluate("measure." + form.positions(), objective(), form));
        }
        Rows rows = validationRows() == null ? training() : validationRows();
        var matrix = new ConfusionMatrix(labels.names());
        var all = programs.stream().map(LossProgram::program).toList();
        try (Session session = backend.open(all, execution)) {
            stored.load(model, session);
            var tally = new Counted();
            tally.matrix = matrix;
            new Evaluation(session, programs, new RowEvaluation(rows, forms), tally).loss(0);
        }
        return matrix;
    }

    private static int context(StoredModel stored, List<BatchForm> forms) {
        return Math.min(stored.config().context(), forms.getLast().positions());
    }

    /// What labels the model gave.
    private final class Counted implements Tally {
        private ConfusionMatrix matrix = new ConfusionMatrix(labels.names());

        @Override
        public void add(Session session, LossProgram program, Batch batch) {
            count(session, program, batch.integers("labels"), matrix);
        }

        @Override
        public double[] drain() {
            double[] sums =
                    Arrays.stream(matrix.counts())
                            .flatMapToLong(Arrays::stream)
                            .asDoubleStream()
                            .toArray();
            for (long[] row : matrix.counts()) {
                Arrays.fill(row, 0);
            }
            return sums;
        }

        @Override
        public void add(double[] sums) {
            long[][] counts = matrix.counts();
            for (int i = 0; i < sums.length; i++) {
                counts[i / counts.length][i % counts.length] += (long) sums[i];
            }
        }

        @Override
        public Map<String, Double> take() {
            ConfusionMatrix taken = matrix;
            matrix = new ConfusionMatrix(labels.names());
            return taken.total() == 0
                    ? Map.of()
                    : Map.of("accuracy", taken.accuracy(), "f1", taken.macroF1());
        }
    }

    /// Counts the texts of a batch whose label is known.
    static void count(Session session, LossProgram program, int[] known, ConfusionMatrix matrix) {
        float[] logits = session.readFloats(program.output("logits"));
        int labels = logits.length / known.length;
        for (int line = 0; line < known.length; line++) {
            if (known[line] >= 0) {
                matrix.add(known[line], largest(logits, line * labels, labels));
            }
        }
    }

    /// Which of some numbers is the largest; the first of equal ones.
    static int largest(float[] values, int from, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (values[from + i] > values[from + best]) {
                best = i;
            }
        }
        return best;
    }
}
