package io.tornadogpt.finetune.task;

import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.finetune.data.TemplateFiles;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.Batching;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.Row;
import io.tornadogpt.trainer.data.RowBatches;
import io.tornadogpt.trainer.data.RowEvaluation;
import io.tornadogpt.trainer.data.Rows;
import io.tornadogpt.trainer.data.TokenRows;
import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A task whose data are rows: it trains on some and validates on others.
public abstract sealed class RowTask implements TrainingTask
        permits SftTask, ClassifyTask, DpoTask, GrpoTask {
    private final Source source;
    private final Rows training;
    private final @Nullable Rows validation;

    /// What rows came from, and how they come together.
    ///
    /// @param tokenizer of the model
    /// @param templates chat templates of the model, by name
    /// @param identity what tells the data from other data
    /// @param batching how rows come together
    /// @param notes what people should know of the rows, a sentence each
    /// @param look the first rows as the model reads them
    public record Source(
            Tokenizer tokenizer,
            Map<String, String> templates,
            Map<String, String> identity,
            Batching batching,
            List<String> notes,
            List<ShownRow> look) {
        public Source {
            templates = Map.copyOf(templates);
            identity = Map.copyOf(identity);
            notes = List.copyOf(notes);
            look = List.copyOf(look);
        }
    }

    /// A prompt, and the answer that a row gives.
    public record Question(int[] prompt, int[] answer) {
        /// Of a row whose first target begins the answer.
        static Question of(Row row) {
            int first = 0;
            while (row.targets()[first] < 0) {
                first++;
            }
            int end = first;
            while (end < row.length() && row.targets()[end] >= 0) {
                end++;
            }
            return new Question(
                    Arrays.copyOf(row.tokens(), first + 1),
                    Arrays.copyOfRange(row.targets(), first, end));
        }
    }

    RowTask(Source source, Rows training, @Nullable Rows validation) {
        this.source = source;
        this.training = training;
        this.validation = validation;
    }

    /// What the rows came from.
    public Source source() {
        return source;
    }

    /// Rows to train on.
    public Rows training() {
        return training;
    }

    /// Rows to validate on, null where there are none.
    public @Nullable Rows validationRows() {
        return validation;
    }

    /// Prompts and answers of the first rows that are validated on, or trained on where there are
    /// none; nothing where rows are not answers.
    ///
    /// @param most how many
    public List<Question> questions(int most) {
        Rows rows = validation == null ? training : validation;
        int count = Math.min(most, rows.count());
        return switch (rows) {
            case TokenRows(List<Row> texts) ->
                    texts.subList(0, count).stream().map(Question::of).toList();
            case PromptRows prompts -> prompts.questions(count, tokenizer());
            case PreferenceRows pairs -> pairs.chosen(count).stream().map(Question::of).toList();
            default -> List.of();
        };
    }

    /// Sequences of the model that each row takes.
    int sequencesOfRow() {
        return 1;
    }

    /// Steps that see each row once.
    public int stepsOfEpoch(TrainConfig config) {
        int batches = rowBatches(config, Order.RANDOM, 0).batchesInEpoch();
        return Math.ceilDiv(batches, config.gradAccumulation());
    }

    /// Positions of the longest row, of all of them.
    public int longest() {
        return Math.max(training.longest(), validation == null ? 1 : validation.longest());
    }

    @Override
    public List<BatchForm> forms(TrainConfig config) {
        int sequences = Math.multiplyExact(config.batchSize(), sequencesOfRow());
        if (source.batching == Batching.PACKED) {
            return List.of(BatchForm.padded(sequences, config.blockSize()));
        }
        return RowBatches.lengths(longest()).stream()
                .map(length -> BatchForm.padded(sequences, length))
                .toList();
    }

    @Override
    public BatchSource batches(TrainConfig config, Order order, long seed) {
        return rowBatches(config, order, seed);
    }

    private RowBatches rowBatches(TrainConfig config, Order order, long seed) {
        return new RowBatches(
                training, forms(config), source.batching, config.gradAccumulation(), order, seed);
    }

    @Override
    public boolean validates() {
        return validation != null;
    }

    @Override
    public @Nullable EvaluationBatches validation(TrainConfig config, long seed) {
        return validation == null ? null : new RowEvaluation(validation, forms(config));
    }

    @Override
    public Map<String, String> identity() {
        return source.identity;
    }

    @Override
    public Tokenizer tokenizer() {
        return source.tokenizer;
    }

    @Override
    public void requireVocabulary(int vocabularySize) {
        if (source.tokenizer.vocabularySize() > vocabularySize) {
            throw new IllegalArgumentException(
                    "model.vocabSize is %d, but the tokenizer has %d tokens; use the tokenizer that the model was made with"
                            .formatted(vocabularySize, source.tokenizer.vocabularySize()));
        }
    }

    /// The tokenizer, and the templates with which conversations become text.
    @Override
    public Map<String, byte[]> companions() throws IOException {
        var files = new LinkedHashMap<>(TrainingTask.super.companions());
        files.putAll(TemplateFiles.of(source.templates));
        return files;
    }

    @Override
    public void close() {}
}
