package io.tornadogpt.finetune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.finetune.data.Header;
import io.tornadogpt.finetune.data.RowFile;
import io.tornadogpt.finetune.task.Classifier;
import io.tornadogpt.finetune.task.ClassifyTask;
import io.tornadogpt.finetune.task.ConfusionMatrix;
import io.tornadogpt.finetune.task.RowTask;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.report.Report;
import io.tornadogpt.trainer.report.ResultTable;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.Runs;
import io.tornadogpt.trainer.run.TrainingListener;
import io.tornadogpt.trainer.run.TrainingResult;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

class FineTuningTest {
    @TempDir Path folder;

    private static String rows(Goal goal) {
        return switch (goal) {
            case SFT, GRPO -> "instructions.jsonl";
            case CLASSIFY -> "labels.csv";
            case DPO -> "preferences.jsonl";
        };
    }

    private static NewFineTuning begun(Goal goal, String... settings) throws IOException {
        return NewFineTuning.of(goal, Golden.model("gpt2"), Golden.file(rows(goal)))
                .with("train.batchSize=2", "train.learningRate=1e-3", "data.validation=0.25")
                .with(ofGoal(goal))
                .with(settings);
    }

    /// Answers of a model that knows nothing are worth something too; they serve three steps.
    private static String[] ofGoal(Goal goal) {
        return goal == Goal.GRPO
                ? new String[] {
                    "grpo.groupSize=2",
                    "grpo.maxNewTokens=7",
                    "grpo.iterations=3",
                    "grpo.beta=0.1",
                    "grpo.reward=regular_expression",
                    "grpo.pattern=[aeiou].*[aeiou]"
                }
                : new String[0];
    }

    @Test
    void presetsAreSettingsOfTheirTasks() throws IOException {
        for (FineTuningPreset preset : FineTuningPreset.all()) {
            String[] settings = preset.settings().toArray(String[]::new);
            Path rows = Golden.file(rows(preset.goal()));
            NewFineTuning begun =
                    NewFineTuning.of(preset.goal(), Golden.model("gpt2"), rows).with(settings);
            for (String setting : settings) {
                String key = setting.substring(0, setting.indexOf('='));
                String value = setting.substring(key.length() + 1);
                String now = begun.settings().flat().value(key).toString();
                assertTrue(now.equalsIgnoreCase(value) || number(now) == number(value), setting);
            }
            assertEquals(preset.name().endsWith("-lora"), begun.settings().lora().asked());
            assertEquals(preset, FineTuningPreset.named(preset.name()));
        }
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> FineTuningPreset.named("sft-tiny"));
        assertTrue(e.getMessage().contains("classify-last-block, classify-lora"), e.getMessage());
    }

    private static double number(String text) {
        return text.matches("[0-9.]+") ? Double.parseDouble(text) : Double.NaN;
    }

    private NewFineTuning begun(Goal goal, Path rows) {
        return NewFineTuning.of(goal, model(), rows);
    }

    private static StoredModel model() {
        try {
            return Golden.model("gpt2");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    /// All files of a checkpoint but those that hold times. All that a checkpoint holds, but for
    /// how long the logs were, in which times stand, and the checksum of that.
    private static Map<String, byte[]> files(Path checkpoint) throws IOException {
        var files = new TreeMap<String, byte[]>();
        List<String> timed = List.of("trainer.json", Manifest.FILE);
        try (Stream<Path> all = Files.list(checkpoint)) {
            for (Path file :
                    all.filter(f -> !timed.contains(f.getFileName().toString())).toList()) {
                files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    private static List<StepMetrics> metrics(TrainingResult result) throws IOException {
        return StepLog.read(result.directory().metrics(), StepMetrics.class);
    }

    @ParameterizedTest
    @EnumSource
    void interruptedRunGoesOnBitForBit(Goal goal) throws IOException {
        String[] settings = {"train.steps=9", "train.gradAccumulation=2", "train.evalInterval=3"};
        NewFineTuning begun = begun(goal, settings);
        TrainingResult whole = FineTuning.begin(folder.resolve("whole"), begun).train();
        Run<RowTask> first = FineTuning.begin(folder.resolve("parts"), begun);
        first.trainer()
                .listener(
                        new TrainingListener() {
                            @Override
                            public void step(StepMetrics step) {
                                if (step.step() == 4) {
                                    first.trainer().stop();
                                }
                            }
                        });
        TrainingResult stopped = first.train();
        assertFalse(stopped.finished());
        assertEquals(4, stopped.steps());
        TrainingResult resumed = FineTuning.resume(folder.resolve("parts")).train();
        assertTrue(resumed.finished());
        Map<String, byte[]> expected = files(whole.directory().checkpoint(9));
        Map<String, byte[]> actual = files(resumed.directory().checkpoint(9));
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, actual.get(name), name));
        List<StepMetrics> one = metrics(whole);
        List<StepMetrics> two = metrics(resumed);
        for (int step = 0; step < 9; step++) {
            assertEquals(one.get(step).loss(), two.get(step).loss());
            assertEquals(one.get(step).valLoss(), two.get(step).valLoss());
            assertEquals(one.get(step).metrics(), two.get(step).metrics());
        }
    }

    @ParameterizedTest
    @EnumSource
    void unequalTargetsUnderAccumulationAreOneLargeBatch(Goal goal) throws IOException {
        String[] one = {"train.batchSize=8", "train.gradAccumulation=1"};
        String[] four = {"train.batchSize=2", "train.gradAccumulation=4"};
        String[] both = {"train.steps=1", "data.validation=0", "data.batching=padded"};
        TrainingResult large =
                FineTuning.begin(folder.resolve("one"), begun(goal, both).with(one)).train();
        TrainingResult small =
                FineTuning.begin(folder.resolve("four"), begun(goal, both).with(four)).train();
        StepMetrics a = metrics(large).getFirst();
        StepMetrics b = metrics(small).getFirst();
        assertEquals(a.loss(), b.loss(), 1e-6);
        assertEquals(a.gradNorm(), b.gradNorm(), 1e-5 * a.gradNorm());
    }

    @ParameterizedTest
    @EnumSource(names = "GRPO", mode = EnumSource.Mode.EXCLUDE)
    void stepsFollowTheRowsUnlessTheyAreSet(Goal goal) throws IOException {
        try (Run<RowTask> run =
                FineTuning.begin(folder.resolve("a"), begun(goal, "data.epochs=20"))) {
            int rows = run.task().training().count();
            int steps = 20 * Math.ceilDiv(rows, 2);
            assertEquals(steps, run.settings().train().steps());
            assertEquals(steps / 10, run.settings().train().evalInterval());
            assertEquals(Math.min(100, steps / 10), run.settings().train().warmupSteps());
        }
        try (Run<RowTask> run =
                FineTuning.begin(folder.resolve("b"), begun(goal, "train.steps=7"))) {
            assertEquals(7, run.settings().train().steps());
        }
    }

    @Test
    void rowsAreDividedByTheSeed() throws IOException {
        var begun = begun(Goal.SFT);
        assertEquals(firstRows(begun), firstRows(begun));
        assertFalse(firstRows(begun).equals(firstRows(begun.withSeed(2))));
    }

    private String firstRows(NewFineTuning begun) throws IOException {
        try (Run<RowTask> run = FineTuning.begin(folder.resolve("divided"), begun)) {
            assertEquals(9, run.task().training().count());
            assertEquals(3, Objects.requireNonNull(run.task().validationRows()).count());
            return run.task().source().look().toString();
        }
    }

    @Test
    void otherFileValidates() throws IOException {
        NewFineTuning begun = begun(Goal.SFT).validatingOn(Golden.file("instructions.jsonl"));
        try (Run<RowTask> run = FineTuning.begin(folder.resolve("run"), begun)) {
            assertEquals(12, run.task().training().count());
            assertEquals(12, Objects.requireNonNull(run.task().validationRows()).count());
        }
    }

    @Test
    void classifierIsSavedWithItsLabelsAndTellsThem() throws IOException {
        NewFineTuning begun =
                begun(
                        Goal.CLASSIFY,
                        "data.validation=0",
                        "data.epochs=60",
                        "train.learningRate=3e-3",
                        "train.batchSize=4");
        TrainingResult result;
        ConfusionMatrix matrix;
        try (Run<RowTask> run = FineTuning.begin(folder.resolve("run"), begun)) {
            result = run.trainer().run();
            matrix =
                    ((ClassifyTask) run.task())
                            .measure(
                                    ModelDirectory.open(result.model()),
                                    run.settings().train(),
                                    Backends.named("cpu"),
                                    new ExecutionOptions(1));
        }
        assertEquals(12, matrix.total());
        assertEquals(1, matrix.accuracy(), "twelve rows are learned by heart");
        StoredModel trained = StoredModel.open(result.model());
        assertEquals(
                List.of("maybe", "no", "yes"), ((Task.Labels) trained.config().task()).names());
        String config = Files.readString(result.model().resolve("config.json"));
        assertTrue(config.contains("\"id2label\""), config);
        assertTrue(config.contains("GPT2ForSequenceClassification"), config);
        var rows = RowFile.read(Golden.file("labels.csv"), Header.AUTO, List.of("text", "label"));
        try (var classifier =
                Classifier.open(trained, Tokenizer.load(result.model()), Backends.named("cpu"))) {
            for (var row : rows) {
                var prediction = classifier.classify(List.of(row.text("text"))).getFirst();
                assertEquals(row.text("label"), prediction.label());
                double sum = prediction.probabilities().values().stream().mapToDouble(p -> p).sum();
                assertEquals(1, sum, 1e-9);
            }
        }
        ResultTable.write(result.directory().results(), matrix.tables());
        Path page = folder.resolve("report.html");
        Report.of(result.directory()).write(page);
        String html = Files.readString(page);
        assertTrue(html.contains("Confusion matrix"), "the report shows it");
        assertTrue(html.contains("accuracy"), "the report charts it");
    }

    @ParameterizedTest
    @CsvSource({"last, 1", "mean, 1", "last, 0"})
    void poolingComesBack(String pooling, int blocks) throws IOException {
        NewFineTuning begun =
                begun(
                        Goal.CLASSIFY,
                        "classify.pooling=" + pooling,
                        "classify.layers=" + (blocks == 0 ? "frozen" : "last_block"),
                        "train.steps=2");
        TrainingResult result = FineTuning.begin(folder.resolve("run"), begun).train();
        StoredModel trained = StoredModel.open(result.model());
        assertEquals(
                Task.Pooling.valueOf(pooling.toUpperCase(Locale.ROOT)),
                ((Task.Labels) trained.config().task()).pooling());
        boolean changed = !sameWeights(trained, "transformer.h.*.mlp.c_fc.weight", 1);
        assertEquals(blocks > 0, changed);
        assertTrue(sameWeights(trained, "transformer.h.*.mlp.c_fc.weight", 0));
        assertTrue(sameWeights(trained, "transformer.wte.weight", 0));
    }

    private static boolean sameWeights(StoredModel trained, String name, int layer)
            throws IOException {
        var parameters = new Model(trained.config()).parameters();
        var spec =
                parameters.stream()
                        .map(p -> p.spec())
                        .filter(s -> s.name().equals(name))
                        .findFirst()
                        .orElseThrow();
        try (var now = trained.openWeights();
                var before = model().openWeights()) {
            return Arrays.equals(now.read(spec, layer), before.read(spec, layer));
        }
    }

    @Test
    void trainedModelBringsItsTemplate() throws IOException {
        Path rows = file("a.jsonl", "{\"instruction\": \"sing\", \"output\": \"la\"}\n".repeat(4));
        NewFineTuning begun =
                begun(Goal.SFT, rows)
                        .with("train.steps=1", "train.blockSize=96", "data.validation=0");
        // The heading of Alpaca's form alone is longer than this model's context.
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> FineTuning.begin(folder.resolve("run"), begun));
        assertTrue(e.getMessage().contains("train.blockSize"), e.getMessage());
        TrainingResult result =
                FineTuning.begin(folder.resolve("run"), begun.with("data.template=chatml")).train();
        String template = Files.readString(result.model().resolve("chat_template.jinja"));
        assertTrue(template.contains("<|im_start|>"), template);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    SFT      | {"prompt": "a"}                                       | line 1 has none of the forms
                    SFT      | {"prompt": "a", "completion": ""}                     | line 1 has no token to train on
                    SFT      | ''                                                    | holds no rows
                    CLASSIFY | {"text": "a", "label": "x"}\\n{"text": "b"}            | line 2 has no field 'label'
                    CLASSIFY | {"text": "a", "label": "x"}\\n{"text": "b", "label": "x"} | only the label 'x'
                    CLASSIFY | {"text": "a", "label": "x"}\\n{"text": "", "label": "y"}  | line 2 has no text
                    DPO      | {"prompt": "a", "chosen": "b"}                        | line 1 has no pair of answers
                    DPO      | {"chosen": "b", "rejected": "c"}                      | no prompt
                    """)
    void badRowsLeaveNothingBehind(Goal goal, String content, String part) throws IOException {
        Path rows = file("bad.jsonl", content.replace("\\n", "\n"));
        NewFineTuning begun = begun(goal, rows).with("data.validation=0");
        var e = assertThrows(Exception.class, () -> FineTuning.begin(folder.resolve("run"), begun));
        String message = Objects.requireNonNull(e.getMessage());
        assertTrue(message.contains(part), message);
        assertTrue(message.contains("bad.jsonl"), message);
        assertEquals(1, message.lines().count());
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void labelThatNoRowToTrainOnHasIsNamed() throws IOException {
        Path other = file("eval.csv", "text,label\na,no\nb,never\n");
        NewFineTuning begun = begun(Goal.CLASSIFY).validatingOn(other);
        var e =
                assertThrows(
                        IOException.class, () -> FineTuning.begin(folder.resolve("run"), begun));
        assertTrue(
                e.getMessage().contains("eval.csv: line 3 has the label 'never'"), e.getMessage());
    }

    @Test
    void rowsWhosePromptFillsTheBlockAreCountedAndLeftOut() throws IOException {
        String rows =
                "{\"prompt\": \"%s\", \"completion\": \"b\"}\n{\"prompt\": \"a\", \"completion\": \"%s\"}\n{\"prompt\": \"a\", \"completion\": \"b\"}\n"
                        .formatted("red ".repeat(90), "red ".repeat(90));
        NewFineTuning cut = begun(Goal.SFT, file("a.jsonl", rows)).with("data.validation=0");
        try (Run<RowTask> run = FineTuning.begin(folder.resolve("cut"), cut)) {
            assertEquals(2, run.task().training().count());
            String notes = run.task().source().notes().toString();
            assertTrue(notes.contains("1 of 3 rows to train on are longer"), notes);
            assertTrue(notes.contains("were cut"), notes);
            assertTrue(notes.contains("prompts alone"), notes);
            assertTrue(notes.contains("a.jsonl, line 1"), notes);
        }
        try (Run<RowTask> run =
                FineTuning.begin(folder.resolve("drop"), cut.with("data.tooLong=drop"))) {
            assertEquals(1, run.task().training().count());
            assertTrue(run.task().source().notes().toString().contains("2 of 3 rows"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "CLASSIFY, classify.pooling=first, classify.pooling is first",
        "CLASSIFY, data.batching=packed, data.batching is packed",
        "DPO, data.batching=packed, data.batching is packed",
        "CLASSIFY, 'classify.classWeights=no=1', has no weight",
        "CLASSIFY, 'classify.classWeights=often', expected none"
    })
    void settingsThatContradictTheRowsAreNamed(Goal goal, String setting, String part)
            throws IOException {
        NewFineTuning begun = begun(goal, setting);
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> FineTuning.begin(folder.resolve("run"), begun));
        assertTrue(e.getMessage().contains(part), e.getMessage());
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @ParameterizedTest
    @CsvSource({
        "DPO, dpo.beta=0, dpo.beta",
        "DPO, dpo.labelSmoothing=0.5, dpo.labelSmoothing",
        "SFT, data.validation=1, data.validation",
        "SFT, dpo.beta=1, there is no setting 'dpo.beta'",
        "SFT, model.nLayer=3, model.nLayer"
    })
    void settingsOutOfRangeAreNamed(Goal goal, String setting, String part) {
        var e = assertThrows(IllegalArgumentException.class, () -> begun(goal, setting));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    @Test
    void classifierIsNotTrainedToAnswer() throws IOException {
        StoredModel labels = Golden.model("gpt2-labels");
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> NewFineTuning.of(Goal.SFT, labels, Golden.file("labels.csv")));
        assertTrue(e.getMessage().contains("GPT2ForSequenceClassification"), e.getMessage());
    }

    @Test
    void runOfFineTuningIsNotResumedAsText() throws IOException {
        FineTuning.begin(folder.resolve("run"), begun(Goal.SFT, "train.steps=1")).train();
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> Runs.resume(folder.resolve("run")));
        assertTrue(e.getMessage().contains("sft"), e.getMessage());
    }
}
