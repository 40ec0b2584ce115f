package io.tornadogpt.finetune.task;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.objective.Classification;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.RowBatches;
import io.tornadogpt.trainer.data.RowEvaluation;
import io.tornadogpt.trainer.loop.MemoryBudget;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Tells the labels of texts.
///
/// ```
/// try (var classifier = Classifier.open(model, tokenizer, Backends.named("cpu"))) {
///     System.out.println(classifier.classify(List.of("Win a prize!")).getFirst().label());
/// }
/// ```
///
/// Used by one thread at a time.
public final class Classifier implements AutoCloseable {
    private static final int LONGEST = 1024;
    private static final int TOGETHER = 8;

    private final Task.Labels labels;
    private final TextEncoder texts;
    private final List<BatchForm> forms;
    private final List<LossProgram> programs;
    private final List<Batch> rooms;
    private final Session session;

    /// What a model says of a text.
    ///
    /// @param label the most likely one
    /// @param probabilities of all labels, in their order
    public record Prediction(String label, Map<String, Double> probabilities) {}

    private Classifier(
            StoredModel stored,
            Task.Labels labels,
            Tokenizer tokenizer,
            Backend backend,
            ExecutionOptions execution)
            throws IOException {
        this.labels = labels;
        int positions = Math.min(stored.config().context(), LONGEST);
        Model model = stored.model().withContext(positions);
        this.texts = new TextEncoder(tokenizer, positions);
        this.forms =
                RowBatches.lengths(positions).stream()
                        .map(length -> BatchForm.padded(TOGETHER, length))
                        .toList();
        this.programs =
                forms.stream()
                        .map(
                                form ->
                                        model.evaluate(
                                                "classify." + form.positions(),
                                                new Classification(labels),
                                                form))
                        .toList();
        this.rooms = programs.stream().map(Batch::new).toList();
        var all = programs.stream().map(LossProgram::program).toList();
        MemoryBudget.require(backend.plan(all).bytes());
        this.session = backend.open(all, execution);
        try {
            stored.load(model, session);
        } catch (IOException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /// Opens a model, on as many threads as there are processors.
    ///
    /// @throws IllegalArgumentException where it has no head for labels
    public static Classifier open(StoredModel model, Tokenizer tokenizer, Backend backend)
            throws IOException {
        return open(model, tokenizer, backend, new ExecutionOptions(0));
    }

    /// Opens a model.
    ///
    /// @throws IllegalArgumentException where it has no head for labels
    public static Classifier open(
            StoredModel model, Tokenizer tokenizer, Backend backend, ExecutionOptions execution)
            throws IOException {
        if (!(model.config().task() instanceof Task.Labels labels)) {
            throw new IllegalArgumentException(
                    "%s is a %s, which has no labels; fine-tune it for classify first"
                            .formatted(
                                    model.path(),
                                    model.config()
                                            .family()
                                            .architectureClass(model.config().task())));
        }
        return new Classifier(model, labels, tokenizer, backend, execution);
    }

    /// Names of the labels, in their order.
    public List<String> labels() {
        return labels.names();
    }

    /// What the model says of each text. Of a text that is too long, its last tokens do not count.
    ///
    /// @throws IllegalArgumentException where a text has no tokens
    public List<Prediction> classify(List<String> given) {
        var rows = new ArrayList<LabeledRows.LabeledRow>();
        for (String text : given) {
            int[] ids = texts.encode(text);
            if (ids.length == 0) {
                throw new IllegalArgumentException(
                        "text %d is empty, so it has no label; leave it out"
                                .formatted(rows.size() + 1));
            }
            rows.add(new LabeledRows.LabeledRow(texts.cut(ids), -1));
        }
        var batches =
                new RowEvaluation(
                        new LabeledRows(rows, labels.pooling(), new float[labels.labels()]), forms);
        var predictions = new ArrayList<Prediction>();
        for (long batch = 0; batch < batches.batches(); batch++) {
            int form = batches.form(batch);
            LossProgram program = programs.get(form);
            Batch room = rooms.get(form);
            batches.fill(batch, room);
            room.write(session, 0, 0, 0, 0);
            session.run(program.program().name());
            float[] logits = session.readFloats(program.output("logits"));
            int last = Math.min(TOGETHER, rows.size() - predictions.size());
            for (int line = 0; line < last; line++) {
                int from = line * labels.labels();
                predictions.add(
                        prediction(Arrays.copyOfRange(logits, from, from + labels.labels())));
            }
        }
        return predictions;
    }

    private Prediction prediction(float... logits) {
        int best = ClassifyTask.largest(logits, 0, logits.length);
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((double) logit - logits[best]);
        }
        var probabilities = new LinkedHashMap<String, Double>();
        for (int label = 0; label < logits.length; label++) {
            double e = Math.exp((double) logits[label] - logits[best]);
            probabilities.put(labels.names().get(label), e / sum);
        }
        return new Prediction(labels.names().get(best), probabilities);
    }

    @Override
    public void close() {
        session.close();
    }
}
