package io.tornadogpt.curation.planted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.run.CuratedFolder;
import io.tornadogpt.curation.run.Curation;
import io.tornadogpt.curation.run.CurationResult;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// How much of what was planted each step finds, and what it takes for such. The table in
/// docs/curation.md is that of `-Dgpt.test.planted=100000`, which writes it to `target/planted.md`.
/// `-Dgpt.test.planted.folder` keeps the corpus in a folder. The model that tells languages takes
/// seconds to be read, so it is asked in that run alone; else it is the stop words of Gopher's
/// rules that take other languages away.
class PlantedCorpusTest {
    private static final int DOCUMENTS = Integer.getInteger("gpt.test.planted", 1000);
    private static final boolean MANY = DOCUMENTS >= 20_000;

    @TempDir private static Path folder;
    private static PlantedScores scores;
    private static final StringBuilder seconds = new StringBuilder();

    private static Recipe recipe(Path items) {
        return Recipe.parse(
                """
                {"name": "planted", "steps": ["html", "repair", %s
                  {"step": "decontamination", "files": ["%s"]},
                  "gopherRepetition", "gopherQuality", "c4Quality", "fineWebQuality",
                  "privateData", "exactDuplicates", "nearDuplicates", "heldOut"]}
                """
                        .formatted(
                                MANY ? "{\"step\": \"language\", \"keep\": [\"en\"]}," : "",
                                items));
    }

    @BeforeAll
    static void curate() throws IOException {
        PlantedCorpus corpus = PlantedCorpus.write(folder, DOCUMENTS, 23);
        Path out = folder.resolve("out");
        Recipe recipe = recipe(folder.resolve("evaluation.jsonl"));
        CurationResult result = new Curation(List.of(folder.resolve("corpus")), out, recipe).run();
        scores = PlantedScores.of(corpus, CuratedFolder.open(out));
        for (int i = 0; i < result.seconds().length; i++) {
            String step = i < result.steps().size() ? result.steps().get(i) : "signatures";
            seconds.append(
                    String.format(Locale.ROOT, "| %s | %.2f |%n", step, result.seconds()[i]));
        }
    }

    @AfterAll
    static void show() throws IOException {
        Files.writeString(Path.of("target/planted.md"), scores.tables() + "\n" + seconds);
    }

    private static void requireRecall(double least, String... steps) {
        for (Score score : scores.scores()) {
            if (List.of(steps).contains(score.step())) {
                assertTrue(score.planted() > 0, score.toString());
                assertTrue(score.recall() >= least, score.toString());
                assertTrue(score.precision() >= least, score.toString());
            }
        }
    }

    @Test
    void whatWasPlantedIsFoundAndLittleElseIsTaken() {
        requireRecall(
                0.98,
                "repair: empty documents",
                "repair: mojibake",
                "html: boilerplate",
                "decontamination",
                "gopherRepetition",
                "exactDuplicates");
        if (MANY) {
            requireRecall(0.98, "language: five others");
        }
        assertEquals(0, scores.foreignKept());
    }

    @Test
    void privateDataOfEveryKindIsFound() {
        List<Score> all = scores.privateData();
        for (Score score : all) {
            assertTrue(score.recall() >= 0.98, all.toString());
        }
        assertTrue(all.getLast().precision() >= 0.95, all.toString());
    }

    @Test
    void nearDuplicatesAreFoundAtTheRateOfTheFormula() {
        for (PlantedScores.NearRate rate : scores.nearRates()) {
            double slack = MANY && rate.similarity() == 0.8 ? 0.02 : rate.slack();
            assertTrue(Math.abs(rate.rate() - rate.expected()) <= slack, rate.toString());
        }
    }

    @Test
    void noEvaluationItemRemains() {
        assertEquals(0, scores.leaksThatRemain());
    }

    @Test
    void nothingCleanIsLost() {
        assertTrue(
                scores.cleanLost() <= 0.01, scores.cleanLost() + " " + scores.whyCleanOnesWent());
        assertEquals(0, scores.dividedClusters());
    }
}
