package io.tornadogpt.finetune.task;

import io.tornadogpt.chat.ModelTemplates;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.op.PreferenceLoss;
import io.tornadogpt.core.random.Threefry;
import io.tornadogpt.finetune.ClassifySettings;
import io.tornadogpt.finetune.DataSettings;
import io.tornadogpt.finetune.DpoSettings;
import io.tornadogpt.finetune.GrpoSettings;
import io.tornadogpt.finetune.SftSettings;
import io.tornadogpt.finetune.data.DataRow;
import io.tornadogpt.finetune.data.Encoded;
import io.tornadogpt.finetune.data.ExampleEncoder;
import io.tornadogpt.finetune.data.RowFile;
import io.tornadogpt.finetune.data.RowForms;
import io.tornadogpt.finetune.reward.Reward;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Batching;
import io.tornadogpt.trainer.data.Row;
import io.tornadogpt.trainer.data.RowBatches;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// Makes tasks from files of rows.
///
/// @param tokenizer of the model
/// @param templates of the model
/// @param settings how rows are read
/// @param positions that a row may have, the block's
/// @param seed by which rows are divided where no other file validates
/// @param identity what tells the data from other data
public record TaskReader(
        Tokenizer tokenizer,
        ModelTemplates templates,
        DataSettings settings,
        int positions,
        long seed,
        Map<String, String> identity) {
    /// Sets these random numbers apart from those of other draws with the same seed.
    private static final int PLACE = -4;

    private static final int SHOWN = 3;
    private static final String DEFAULT = "default";

    /// Rows that train and rows that validate.
    private record Parts(List<DataRow> training, @Nullable List<DataRow> validation) {}

    private Parts read(Path data, @Nullable Path other, List<String> columns) throws IOException {
        List<DataRow> rows = RowFile.read(data, settings.header(), columns);
        if (other != null) {
            return new Parts(rows, RowFile.read(other, settings.header(), columns));
        }
        int validating = (int) Math.round(settings.validation() * rows.size());
        if (validating == 0 || validating == rows.size()) {
            return new Parts(rows, null);
        }
        int[] order = RowBatches.shuffled(rows.size(), Threefry.of(seed, 0, 0), PLACE);
        int[] last = Arrays.copyOfRange(order, rows.size() - validating, rows.size());
        int[] first = Arrays.copyOf(order, rows.size() - validating);
        return new Parts(chosen(rows, first), chosen(rows, last));
    }

    /// Rows of some numbers, in the order of the file.
    private static List<DataRow> chosen(List<DataRow> rows, int... numbers) {
        return Arrays.stream(numbers).sorted().mapToObj(rows::get).toList();
    }

    private RowTask.Source source(
            ExampleEncoder encoder, Batching batching, List<String> notes, List<ShownRow> look) {
        var all = new LinkedHashMap<>(templates.sources());
        var builtIn = encoder.builtIn();
        if (builtIn != null) {
            all.put(DEFAULT, builtIn.source());
        }
        return new RowTask.Source(tokenizer, all, identity, batching, notes, look);
    }

    private List<String> endNote(ExampleEncoder encoder) {
        return encoder.endToken().isPresent()
                ? List.of()
                : List.of(
                        "the tokenizer has no token for the end of a text, so the model does not"
                            + " learn where an answer ends; choose one that has it, such as gpt2,"
                            + " when the model is made");
    }

    /// Instructions.
    ///
    /// @param data file of rows to train on
    /// @param other file of rows to validate on; null for a part of the first
    public SftTask sft(SftSettings sft, Path data, @Nullable Path other) throws IOException {
        Parts parts = read(data, other, RowForms.FIELDS);
        var encoder =
                new ExampleEncoder(
                        tokenizer,
                        templates,
                        settings.template(),
                        sft.loss() == SftSettings.Loss.ALL);
        var look = new ArrayList<ShownRow>();
        var notes = new ArrayList<>(endNote(encoder));
        List<Row> training = rows(encoder, parts.training, "rows to train on", notes, look);
        List<DataRow> validating = parts.validation;
        List<Row> validation =
                validating == null
                        ? null
                        : rows(encoder, validating, "rows to validate on", notes, null);
        return new SftTask(source(encoder, settings.batching(), notes, look), training, validation);
    }

    private List<Row> rows(
            ExampleEncoder encoder,
            List<DataRow> rows,
            String what,
            List<String> notes,
            @Nullable List<ShownRow> look)
            throws IOException {
        var limit = new RowLimit(positions, settings.tooLong());
        var kept = new ArrayList<Row>();
        for (DataRow row : rows) {
            Encoded encoded = encoder.encode(row, RowForms.instruction(row));
            List<Encoded> parts = limit.apply(row, List.of(encoded));
            if (parts != null) {
                kept.add(parts.getFirst().row());
                if (look != null && look.size() < SHOWN) {
                    look.add(ShownRow.of(row.place(), "", parts.getFirst(), tokenizer));
                }
            }
        }
        limit.requireSome(what, kept.size());
        notes.addAll(limit.notes(what));
        return kept;
    }

    /// Preferences.
    ///
    /// @param data file of rows to train on
    /// @param other file of rows to validate on; null for a part of the first
    public DpoTask dpo(DpoSettings dpo, Path data, @Nullable Path other) throws IOException {
        refusePacking("pairs of answers");
        Parts parts = read(data, other, RowForms.FIELDS);
        var encoder = new ExampleEncoder(tokenizer, templates, settings.template(), false);
        boolean mean = dpo.loss() == PreferenceLoss.Form.IPO;
        var look = new ArrayList<ShownRow>();
        var notes = new ArrayList<>(endNote(encoder));
        var training =
                new PreferenceRows(
                        pairs(encoder, parts.training, "pairs to train on", notes, look), mean);
        List<DataRow> validating = parts.validation;
        var validation =
                validating == null
                        ? null
                        : new PreferenceRows(
                                pairs(encoder, validating, "pairs to validate on", notes, null),
                                mean);
        return new DpoTask(
                source(encoder, settings.batching(), notes, look), dpo, training, validation);
    }

    private List<PreferenceRows.Pair> pairs(
            ExampleEncoder encoder,
            List<DataRow> rows,
            String what,
            List<String> notes,
            @Nullable List<ShownRow> look)
            throws IOException {
        var limit = new RowLimit(positions, settings.tooLong());
        var kept = new ArrayList<PreferenceRows.Pair>();
        for (DataRow row : rows) {
            RowForms.Pair said = RowForms.preference(row);
            Encoded chosen = encoder.encode(row, said.chosen());
            Encoded rejected = encoder.encode(row, said.rejected());
            List<Encoded> parts = limit.apply(row, List.of(chosen, rejected));
            if (parts == null) {
                continue;
            }
            kept.add(new PreferenceRows.Pair(parts.get(0).row(), parts.get(1).row()));
            if (look != null && look.size() < 2 * SHOWN) {
                look.add(ShownRow.of(row.place(), "chosen", parts.get(0), tokenizer));
                look.add(ShownRow.of(row.place(), "rejected", parts.get(1), tokenizer));
            }
        }
        limit.requireSome(what, kept.size());
        notes.addAll(limit.notes(what));
        return kept;
    }

    /// Prompts, whose answers are rewarded.
    ///
    /// @param rewards that count
    /// @param train says how many answers a step has
    /// @param data file of rows to train on
    /// @param other file of rows to validate on; null for a part of the first
    public GrpoTask grpo(
            GrpoSettings grpo,
            List<Reward> rewards,
            TrainConfig train,
            Path data,
            @Nullable Path other)
            throws IOException {
        refusePacking("answers to rewards");
        requireGroups(grpo, train);
        Parts parts = read(data, other, RowForms.FIELDS);
        var encoder = new ExampleEncoder(tokenizer, templates, settings.template(), false);
        var look = new ArrayList<ShownRow>();
        var notes = new ArrayList<>(endNote(encoder));
        PromptRows training = prompts(encoder, grpo, parts.training, "train on", notes, look);
        List<DataRow> validating = parts.validation;
        PromptRows validation =
                validating == null
                        ? null
                        : prompts(encoder, grpo, validating, "validate on", notes, null);
        return new GrpoTask(
                source(encoder, settings.batching(), notes, look),
                grpo,
                rewards,
                training,
                validation,
                train,
                encoder.endToken().orElse(-1));
    }

    private void requireGroups(GrpoSettings grpo, TrainConfig train) {
        long answers = (long) train.batchSize() * train.gradAccumulation();
        if (answers % grpo.groupSize() != 0) {
            throw new IllegalArgumentException(
                    "a step has %d answers (train.batchSize %d times train.gradAccumulation %d), which are no whole groups of grpo.groupSize %d; choose a multiple of it"
                            .formatted(
                                    answers,
                                    train.batchSize(),
                                    train.gradAccumulation(),
                                    grpo.groupSize()));
        }
        if (grpo.maxNewTokens() >= positions) {
            throw new IllegalArgumentException(
                    "grpo.maxNewTokens is %d, but train.blockSize is %d, which leaves no room for a prompt; lower the first or raise the second"
                            .formatted(grpo.maxNewTokens(), positions));
        }
    }

    private PromptRows prompts(
            ExampleEncoder encoder,
            GrpoSettings grpo,
            List<DataRow> rows,
            String what,
            List<String> notes,
            @Nullable List<ShownRow> look)
            throws IOException {
        int room = positions - grpo.maxNewTokens();
        var kept = new ArrayList<PromptRows.Prompt>();
        int longer = 0;
        for (DataRow row : rows) {
            RowForms.Question question = RowForms.question(row);
            int[] ids = encoder.prompt(row, question.example());
            if (ids.length > room) {
                longer++;
                continue;
            }
            kept.add(new PromptRows.Prompt(row, ids, question.answer()));
            if (look != null && look.size() < SHOWN) {
                var shown = new Encoded(ids, new boolean[ids.length]);
                String wanted = Objects.requireNonNullElse(question.answer(), "");
                look.add(ShownRow.of(row.place(), wanted, shown, tokenizer));
            }
        }
        String limit =
                "longer than the %d tokens that grpo.maxNewTokens leaves of train.blockSize"
                        .formatted(room);
        if (kept.isEmpty()) {
            throw new IllegalArgumentException(
                    rows.isEmpty()
                            ? "there are no prompts to %s; give a file with at least one"
                                    .formatted(what)
                            : "all %d prompts to %s are %s; lower the first or raise the second"
                                    .formatted(rows.size(), what, limit));
        }
        if (longer > 0) {
            notes.add(
                    "%d of %d prompts to %s are %s and were left out"
                            .formatted(longer, rows.size(), what, limit));
        }
        return new PromptRows(kept);
    }

    private void refusePacking(String what) {
        if (settings.batching() == Batching.PACKED) {
            throw new IllegalArgumentException(
                    "data.batching is packed, but %s take a line of a batch each; set it to grouped or padded"
                            .formatted(what));
        }
    }

    /// Texts with labels.
    ///
    /// @param model whose labels count, where it has those of the data already
    /// @param data file of rows to train on
    /// @param other file of rows to validate on; null for a part of the first
    public ClassifyTask classify(
            ClassifySettings classify, ModelConfig model, Path data, @Nullable Path other)
            throws IOException {
        refusePacking("texts to classify");
        var columns = List.of(settings.textColumn(), settings.labelColumn());
        Parts parts = read(data, other, columns);
        Task.Pooling pooling = pooling(classify, model);
        List<DataRow> all =
                other != null || parts.validation == null
                        ? parts.training
                        : Stream.concat(parts.training.stream(), parts.validation.stream())
                                .toList();
        List<String> names = new LabelNames(settings.labelColumn()).of(all, model);
        var texts = new TextEncoder(tokenizer, positions);
        var look = new ArrayList<ShownRow>();
        var notes = new ArrayList<String>();
        List<LabeledRows.LabeledRow> training =
                labeled(texts, parts.training, names, "texts to train on", notes, look);
        float[] weights = ClassWeights.of(classify.classWeights(), names, training);
        List<DataRow> validating = parts.validation;
        LabeledRows validation =
                validating == null
                        ? null
                        : new LabeledRows(
                                labeled(
                                        texts,
                                        validating,
                                        names,
                                        "texts to validate on",
                                        notes,
                                        null),
                                pooling,
                                weights);
        return new ClassifyTask(
                new RowTask.Source(
                        tokenizer, templates.sources(), identity, settings.batching(), notes, look),
                new Task.Labels(names, pooling),
                classify.layers(),
                new LabeledRows(training, pooling, weights),
                validation);
    }

    private static Task.Pooling pooling(ClassifySettings classify, ModelConfig model) {
        boolean causal = model.architecture().attention().causal();
        return switch (classify.pooling()) {
            case AUTO ->
                    model.task() instanceof Task.Labels labels
                            ? labels.pooling()
                            : model.family().poolings(model.architecture()).getFirst();
            case LAST -> Task.Pooling.LAST;
            case MEAN -> Task.Pooling.MEAN;
            case FIRST -> {
                if (causal) {
                    throw new IllegalArgumentException(
                            "classify.pooling is first, but the first token of a %s model sees none of the others; set it to last or mean"
                                    .formatted(model.family().modelType()));
                }
                yield Task.Pooling.FIRST;
            }
        };
    }

    private List<LabeledRows.LabeledRow> labeled(
            TextEncoder texts,
            List<DataRow> rows,
            List<String> names,
            String what,
            List<String> notes,
            @Nullable List<ShownRow> look)
            throws IOException {
        var limit = new RowLimit(positions, settings.tooLong());
        var kept = new ArrayList<LabeledRows.LabeledRow>();
        for (DataRow row : rows) {
            String label = row.word(settings.labelColumn());
            int number = names.indexOf(label);
            if (number < 0) {
                throw row.bad(
                        "has the label %s, which no row to train on has; they have %s"
                                .formatted(BadFileException.quote(label), LabelNames.list(names)),
                        "correct it, or train on rows with that label too");
            }
            int[] ids = texts.encode(row, settings.textColumn());
            if (!limit.keep(ids.length > positions)) {
                continue;
            }
            int[] cut = texts.cut(ids);
            kept.add(new LabeledRows.LabeledRow(cut, number));
            if (look != null && look.size() < SHOWN) {
                var shown = new Encoded(cut, new boolean[cut.length]);
                look.add(ShownRow.of(row.place(), label, shown, tokenizer));
            }
        }
        limit.requireSome(what, kept.size());
        notes.addAll(limit.notes(what));
        return kept;
    }
}
