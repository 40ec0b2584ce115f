package io.tornadogpt.trainer.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.sweep.Dimension.Scale;
import io.tornadogpt.trainer.sweep.SweepPlan.Method;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

class SweepPlanTest {
    private static final Settings SETTINGS = RunSettings.of(Preset.DEFAULT).flat();

    @TempDir Path folder;

    @Test
    void commasSeparateValuesUnlessTheSettingIsAText() {
        assertEquals(
                List.of("1e-3", "3e-3"),
                Dimension.parse(SETTINGS, "train.learningRate=1e-3, 3e-3").values());
        assertEquals(
                List.of("0", "0,64"), Dimension.parse(SETTINGS, "model.windows=0;0,64").values());
        assertEquals(
                List.of("a{1,2}|b"), Dimension.parse(SETTINGS, "train.frozen=a{1,2}|b").values());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "train.learningRate=1e-3,x | train.learningRate is 'x'; expected a number",
                "train.learnRate=1,2 | did you mean train.learningRate",
                "model.nLayer=2,2 | a value stands twice",
                "model.nLayer=2,,4 | model.nLayer is ''",
                "model.nLayer | sets nothing"
            })
    void badValuesAreNamed(String assignment, String message) {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Dimension.parse(SETTINGS, assignment));
        assertTrue(e.getMessage().contains(message.strip()), e.getMessage());
    }

    private static SweepPlan random(int trials, long seed, Dimension... dimensions) {
        return new SweepPlan(
                Method.RANDOM, List.of(dimensions), trials, SweepPlan.seeds(1), seed, 3, 0);
    }

    @Test
    void drawsAreThoseOfTheSeedWithinTheRangeAndSpreadByItsScale() {
        var rate = new Dimension.Range("train.learningRate", 1e-4, 1e-2, Scale.LOG, 0, false);
        var layers = new Dimension.Range("model.nLayer", 1, 8, Scale.LINEAR, 0, true);
        List<Map<String, String>> drawn = random(200, 5, rate, layers).settings();
        assertEquals(drawn, random(200, 5, rate, layers).settings());
        assertNotEquals(drawn, random(200, 6, rate, layers).settings());
        assertEquals(200, new HashSet<>(drawn).size());
        int low = 0;
        for (Map<String, String> one : drawn) {
            double value = Double.parseDouble(one.get("train.learningRate"));
            assertTrue(value >= 1e-4 && value <= 1e-2, () -> "rate " + value);
            low += value < 1e-3 ? 1 : 0;
            int depth = Integer.parseInt(one.get("model.nLayer"));
            assertTrue(depth >= 1 && depth <= 8, () -> "depth " + depth);
        }
        assertTrue(low > 75 && low < 125, low + " of 200 draws lie in the lower decade");
    }

    @Test
    void rungsGrowByEtaAndEndWithAllSteps() {
        assertEquals(List.of(100, 300, 1000), new Rungs(true, 3, 100).of(9, 1000, 50));
        assertEquals(List.of(100, 200, 400, 1000), new Rungs(true, 2, 100).of(9, 1000, 50));
        assertEquals(List.of(100, 300, 1000), new Rungs(true, 3, 0).of(9, 1000, 50));
        assertEquals(List.of(1000), new Rungs(false, 3, 0).of(9, 1000, 50));
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new Rungs(true, 3, 70).of(9, 1000, 50));
        assertTrue(e.getMessage().contains("a multiple of train.evalInterval, 50"));
    }

    @Test
    void aSpaceIsReadFromAFile() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("space.json"),
                        """
                        {"method": "grid", "seeds": 2,
                         "parameters": {
                           "train.learningRate": {"min": 1e-4, "max": 1e-2, "scale": "log", "points": 3},
                           "model.nLayer": [2, 4]}}
                        """);
        SpaceFile space = SpaceFile.read(file, SETTINGS);
        assertEquals(List.of(1337L, 1338L), space.seeds());
        List<Map<String, String>> grid = SweepPlan.grid(space.parameters()).settings();
        assertEquals(6, grid.size());
        assertEquals(Map.of("train.learningRate", "0.001", "model.nLayer", "4"), grid.get(3));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'parameters': {}, 'tries': 3} | tries",
                "{'parameters': {'model.layers': [1]}} | there is no setting 'model.layers'",
                "{'parameters': {'model.nLayer': 3}} | expected a list of values, or a range",
                "{'parameters': {'model.nLayer': {'min': 3, 'max': 1}}} | min less than max",
                "{'parameters': {'model.bias': {'min': 0, 'max': 1}}} | is no number",
                "{'parameters': {'model.nLayer': [1]}, 'method': 'hyper'} | expected grid, random,"
                        + " halving",
                "{} | parameters"
            })
    void aFileThatCannotBeUsedIsNamedWithTheReason(String json, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("space.json"), json.replace('\'', '"'));
        var e = assertThrows(BadFileException.class, () -> SpaceFile.read(file, SETTINGS));
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        assertTrue(e.getMessage().contains(message.strip()), e.getMessage());
    }
}
