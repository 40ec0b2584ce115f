package io.tornadogpt.trainer.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// TrainConfig and the settings that make it.
final class SettingsTest {
    /// Stands for a model's configuration.
    public record Shape(int nLayer, boolean bias, long seed, String name, double dropout) {}

    private static final Shape SHAPE = new Shape(4, false, 1, "small", 0.1);

    @TempDir Path directory;

    private static Settings settings() {
        return Settings.of("model", SHAPE).and("train", TrainConfig.defaults());
    }

    @Test
    void recordsComeBackAsTheyWere() {
        assertEquals(SHAPE, settings().record("model", Shape.class));
        assertEquals(TrainConfig.defaults(), settings().record("train", TrainConfig.class));
    }

    @Test
    void keysAreThoseOfTheContract() {
        var expected =
                List.of(
                        "batchSize",
                        "blockSize",
                        "steps",
                        "learningRate",
                        "minLearningRate",
                        "schedule",
                        "warmupSteps",
                        "weightDecay",
                        "beta1",
                        "beta2",
                        "epsilon",
                        "gradClip",
                        "gradAccumulation",
                        "evalInterval",
                        "evalBatches",
                        "checkpointInterval",
                        "keepCheckpoints",
                        "sampleInterval",
                        "gradientCheckpointing",
                        "lossSpikeSkip",
                        "gradNormAlarm",
                        "frozen",
                        "objective",
                        "treeReduction",
                        "mup",
                        "mupHeadSize",
                        "evalTasks",
                        "evalTasksInterval",
                        "evalTasksLimit",
                        "evalTasksData");
        var keys = Settings.of("train", TrainConfig.defaults()).keys();
        assertEquals(expected.stream().map(key -> "train." + key).toList(), List.copyOf(keys));
    }

    @Test
    void assignmentsChangeOneSettingEach() {
        Settings changed =
                settings()
                        .with("train.steps=7")
                        .with("train.schedule=wsd")
                        .with("train.learningRate = 6e-4")
                        .with("model.bias=true")
                        .with("model.seed=5000000000")
                        .with("model.name=a=b");
        var train = changed.record("train", TrainConfig.class);
        assertEquals(
                TrainConfig.defaults().with("steps=7", "schedule=wsd", "learningRate=6e-4"), train);
        assertEquals(7, train.steps());
        assertEquals(Schedule.WSD, train.schedule());
        assertEquals(6e-4, train.learningRate());
        assertEquals(
                new Shape(4, true, 5_000_000_000L, "a=b", 0.1),
                changed.record("model", Shape.class));
        assertEquals(2000, settings().value("train.steps"), "the original is as it was");
    }

    @Test
    void gradientCheckpointingIsSetUnderEitherName() throws IOException {
        for (String group : List.of("train", "model")) {
            Settings set = settings().with(group + ".gradientCheckpointing=true");
            assertTrue(set.record("train", TrainConfig.class).gradientCheckpointing());
            Path file = directory.resolve(group + ".json");
            Files.writeString(file, "{\"%s\": {\"gradientCheckpointing\": true}}".formatted(group));
            assertEquals(set.toJson(), settings().read(file).toJson());
            assertEquals(true, set.value(group + ".gradientCheckpointing"));
        }
        Path both = directory.resolve("both.json");
        Files.writeString(
                both,
                """
                {"train.gradientCheckpointing": true, "model.gradientCheckpointing": false}
                """);
        var e = assertThrows(ConfigFileException.class, () -> settings().read(both));
        assertTrue(
                e.getMessage().contains("setting model.gradientCheckpointing is given twice"),
                e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "train.stepz=1            | did you mean train.steps?",
                "train.lerningRate=1      | did you mean train.learningRate",
                "train.learnignrate=1     | did you mean train.learningRate",
                "learningRate=1           | did you mean train.learningRate",
                "model.batchSize=1        | did you mean train.batchSize",
                "train.nonsense=1         | the settings are model.nLayer, model.bias",
                "train.steps=many         | train.steps is 'many'; expected a whole number",
                "train.steps=1.5          | expected a whole number",
                "train.steps=3000000000   | expected a whole number up to 2147483647",
                "train.steps=             | train.steps is ''",
                "train.beta1=x            | train.beta1 is 'x'; expected a number",
                "train.schedule=sine      | expected one of constant, linear, cosine, wsd",
                "model.bias=yes           | expected true or false",
                "train.steps              | expected KEY=VALUE",
                "=1                       | expected KEY=VALUE"
            })
    void wrongAssignmentIsRefusedWithHelp(String assignment, String expected) {
        refused(expected, () -> settings().with(assignment));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "batchSize=0        | train.batchSize is 0; expected 1 or more",
                "blockSize=-1       | train.blockSize is -1; expected 1 or more",
                "steps=0            | train.steps is 0; expected 1 or more",
                "learningRate=0     | train.learningRate is 0.0; expected more than 0",
                "learningRate=NaN   | train.learningRate is NaN",
                "learningRate=1e400 | train.learningRate is Infinity",
                "minLearningRate=-1 | train.minLearningRate is -1.0; expected 0 or more",
                "minLearningRate=1  | expected at most train.learningRate, 0.001",
                "warmupSteps=-1     | train.warmupSteps is -1",
                "weightDecay=-0.1   | train.weightDecay is -0.1",
                "beta1=1            | train.beta1 is 1.0; expected 0 or more and less than 1",
                "beta2=-0.5         | train.beta2 is -0.5",
                "epsilon=0          | train.epsilon is 0.0; expected more than 0",
                "gradClip=-1        | train.gradClip is -1.0",
                "gradAccumulation=0 | train.gradAccumulation is 0",
                "evalInterval=-1    | train.evalInterval is -1; expected 0 or more",
                "evalBatches=-1     | train.evalBatches is -1",
                "checkpointInterval=-1 | train.checkpointInterval is -1",
                "keepCheckpoints=0 | train.keepCheckpoints is 0",
                "lossSpikeSkip=-1 | train.lossSpikeSkip is -1.0",
                "gradNormAlarm=NaN | train.gradNormAlarm is NaN",
                "sampleInterval=-1  | train.sampleInterval is -1"
            })
    void valueOutOfRangeIsRefusedByKeyValueAndLimit(String assignment, String expected) {
        refused(expected, () -> TrainConfig.defaults().with(assignment));
    }

    @Test
    void fileSetsNestedAndDottedKeys() throws IOException {
        Settings read =
                read("{\"train\": {\"steps\": 9, \"schedule\": \"linear\"}, \"model.bias\": true}");
        assertEquals(
                TrainConfig.defaults().with("steps=9", "schedule=linear"),
                read.record("train", TrainConfig.class));
        assertEquals(true, read.value("model.bias"));
        assertEquals(0.5, read("{\"train\":{\"beta1\":0.5}}").value("train.beta1"));
        assertEquals(0.0, read("{\"train\":{\"beta1\":0}}").value("train.beta1"));
    }

    @Test
    void writtenFileReadsBackToTheSameValues() throws IOException {
        Settings changed =
                settings()
                        .with("train.learningRate=0.1")
                        .with("train.epsilon=1.1e-9")
                        .with("model.name=é \"");
        Path file = directory.resolve("settings.json");
        changed.write(file);
        assertEquals(changed.toJson(), settings().read(file).toJson());
        assertTrue(changed.toJson().contains("\"schedule\" : \"cosine\""), changed.toJson());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"train\":{\"stepz\":1}}       | no setting 'train.stepz'; did you mean"
                        + " train.steps?",
                "{\"trian\":{\"steps\":1}}       | no setting 'trian.steps'; did you mean"
                        + " train.steps?",
                "{\"trian\":{}}                  | no setting 'trian'",
                "{\"train\":{\"steps\":{}}}      | train.steps is '{}'; expected a whole number",
                "{\"train\":{\"steps\":{\"x\":1}}} | train.steps is",
                "{\"train\":{\"steps\":\"9\"}}   | train.steps is '\"9\"'; expected a whole number",
                "{\"train\":{\"steps\":9.5}}     | train.steps is '9.5'",
                "{\"train\":{\"steps\":1e2}}     | expected a whole number",
                "{\"train\":{\"steps\":null}}    | train.steps is 'null'",
                "{\"train\":{\"steps\":[9]}}     | train.steps is '[9]'",
                "{\"train\":{\"beta1\":true}}    | train.beta1 is 'true'; expected a number",
                "{\"train\":{\"schedule\":1}}    | expected one of constant",
                "{\"model\":{\"bias\":\"true\"}} | expected true or false",
                "{\"train.steps\":1,\"train\":{\"steps\":2}} | setting train.steps is given twice",
                "{\"train\":{\"steps\":1,\"steps\":2}} | is no JSON",
                "{\"train\":                     | is no JSON",
                "{} x                            | is no JSON",
                "[]                              | is no JSON object"
            })
    void wrongFileIsRefusedWithHelp(String json, String expected) {
        var e = assertThrows(ConfigFileException.class, () -> read(json));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertEquals(directory.resolve("config.json"), e.file());
    }

    @Test
    void missingFileIsRefused() {
        Path absent = directory.resolve("absent.json");
        var e = assertThrows(ConfigFileException.class, () -> settings().read(absent));
        assertTrue(e.getMessage().contains("does not exist"), e.getMessage());
    }

    @Test
    void editsCountExchangedLettersOnce() {
        assertEquals(0, NearNames.edits("", ""));
        assertEquals(3, NearNames.edits("", "abc"));
        assertEquals(1, NearNames.edits("trian", "train"));
        assertEquals(3, NearNames.edits("kitten", "sitting"));
        assertEquals(List.of(), NearNames.of("xyz", List.of("abc")));
    }

    private Settings read(String json) throws IOException {
        return settings().read(Files.writeString(directory.resolve("config.json"), json));
    }

    private static void refused(String expected, Executable call) {
        var e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }
}
