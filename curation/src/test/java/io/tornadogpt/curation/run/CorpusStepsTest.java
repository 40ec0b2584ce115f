package io.tornadogpt.curation.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.curation.Recipe;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.trainer.data.TrainingData;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/// Steps that look at all documents, and what a recipe expects of them.
class CorpusStepsTest {
    private static final int DOCUMENTS = 60;

    @TempDir private Path folder;
    private Path in;
    private final List<String> texts = new ArrayList<>();

    @BeforeEach
    void write() throws IOException {
        in = Files.createDirectory(folder.resolve("in"));
        var random = new Random(11);
        for (int i = 0; i < DOCUMENTS; i++) {
            texts.add(Corpus.prose(random, 12));
        }
    }

    private void rows(String name, List<String> all) throws IOException {
        var rows = new StringBuilder();
        for (String text : all) {
            rows.append(Corpus.row(text));
        }
        Files.writeString(in.resolve(name), rows);
    }

    private static Recipe recipe(String steps) {
        return Recipe.parse("{\"steps\": [" + steps + "]}").with("reading.shardBytes=20000");
    }

    private CurationResult run(String out, int threads, Recipe recipe) throws IOException {
        return new Curation(
                        List.of(in),
                        folder.resolve(out),
                        recipe,
                        null,
                        new LocalEngine(threads),
                        new CurationListener() {},
                        () -> false)
                .run();
    }

    private Map<String, String> kept(String out) throws IOException {
        return Corpus.all(folder.resolve(out).resolve("train")).stream()
                .collect(Collectors.toMap(row -> row.get("id").asText(), CorpusStepsTest::text));
    }

    private static String text(JsonNode row) {
        return row.get("text").asText();
    }

    private static Manifest.Step step(CurationResult result, String name) {
        return result.manifest().steps().stream()
                .filter(step -> step.step().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aParagraphThatStoodBeforeIsTakenOutWhereItStandsAgain() throws IOException {
        String shared = "This paragraph stands in many documents, and it says nothing new.";
        var all = new ArrayList<String>();
        for (int i = 0; i < DOCUMENTS; i++) {
            all.add(
                    i % 3 == 0
                            ? texts.get(i) + "\n" + shared.toUpperCase(Locale.ROOT)
                            : texts.get(i));
        }
        all.add(shared);
        rows("a.jsonl", all);
        Recipe recipe = recipe("\"paragraphDuplicates\"");
        CurationResult result = run("one", 1, recipe);
        run("four", 4, recipe);
        assertEquals(Corpus.sums(folder.resolve("one")), Corpus.sums(folder.resolve("four")));
        Map<String, String> kept = kept("one");
        assertEquals(DOCUMENTS, kept.size());
        assertEquals(
                List.of("in/a.jsonl#000000000"),
                kept.entrySet().stream()
                        .filter(e -> e.getValue().contains("NOTHING NEW"))
                        .map(Map.Entry::getKey)
                        .toList());
        assertEquals(texts.get(3), kept.get("in/a.jsonl#000000003"));
        Manifest.Step step = step(result, "paragraphDuplicates");
        assertEquals(DOCUMENTS / 3 - 1, step.changed());
        assertEquals(Map.of("nothingLeft", 1L), step.reasons());
    }

    @Test
    void fiftyWordsThatStoodBeforeAreTakenOutAndFortyNineAreNot() throws IOException {
        String shared = String.join(" ", texts.get(0).split("\\s+")).replace(".", "");
        String[] words = shared.split(" ");
        String fifty = String.join(" ", List.of(words).subList(5, 55));
        String fewer = String.join(" ", List.of(words).subList(60, 109));
        rows(
                "a.jsonl",
                List.of(
                        texts.get(0),
                        "Begin here. " + fifty + ". And end.",
                        "Begin. " + fewer + ". End."));
        run("out", 2, recipe("\"substringDuplicates\""));
        Map<String, String> kept = kept("out");
        assertEquals(texts.get(0), kept.get("in/a.jsonl#000000000"));
        assertEquals("Begin here. . And end.", kept.get("in/a.jsonl#000000001"));
        assertEquals("Begin. " + fewer + ". End.", kept.get("in/a.jsonl#000000002"));
    }

    @Test
    void whatOnlyARemovedDocumentHoldsIsNoDuplicate() throws IOException {
        String own = "One paragraph that the copy of a document has alone, as it seems.";
        rows(
                "a.jsonl",
                List.of(texts.get(0), texts.get(0) + "\n" + own, texts.get(1) + "\n" + own));
        run("out", 2, recipe("\"nearDuplicates\", \"paragraphDuplicates\""));
        Map<String, String> kept = kept("out");
        assertEquals(2, kept.size());
        assertTrue(kept.get("in/a.jsonl#000000002").endsWith(own));
    }

    @Test
    void sourcesAreMixedByTheirWeights() throws IOException {
        rows("often.jsonl", texts.subList(0, 20));
        rows("once.jsonl", texts.subList(20, 40));
        rows("rare.jsonl", texts.subList(40, 60));
        CurationResult result =
                run(
                        "out",
                        2,
                        recipe(
                                "{\"step\":\"mix\",\"weights\":{\"in/often\":2.5,\"in/rare\":0.25}}"));
        Map<String, Long> written =
                Corpus.all(folder.resolve("out/train")).stream()
                        .collect(
                                Collectors.groupingBy(
                                        row -> row.get("id").asText().substring(3, 7),
                                        Collectors.counting()));
        assertEquals(20, written.get("once"));
        long often = written.get("ofte");
        long rare = written.get("rare");
        assertTrue(often > 42 && often < 58, "" + often);
        assertTrue(rare > 0 && rare < 12, "" + rare);
        Manifest.Counts counts = result.manifest().documents();
        assertEquals(new Manifest.Counts(40 + rare, 0, 20 - rare), counts);
        assertEquals(Map.of("copies", often - 20), step(result, "mix").changes());
    }

    @Test
    void tokenFilesAreDataToTrainOn() throws IOException {
        rows("a.jsonl", texts);
        Path tokenizer = folder.resolve("tokenizer");
        CharTokenizer.train(String.join("", texts)).save(tokenizer);
        CurationResult result =
                run(
                        "out",
                        2,
                        recipe(
                                "{\"step\":\"heldOut\",\"share\":0.3},"
                                        + "{\"step\":\"tokenFiles\",\"tokenizer\":\""
                                        + tokenizer
                                        + "\"}"));
        long characters = 0;
        for (JsonNode row : Corpus.all(folder.resolve("out/train"))) {
            characters += text(row).length();
        }
        try (TrainingData data = TrainingData.prepared(folder.resolve("out/tokens"))) {
            assertEquals(characters, data.training().count());
            assertEquals(
                    Map.of(
                            "train",
                            characters,
                            "heldout",
                            java.util.Objects.requireNonNull(data.validation()).count()),
                    result.manifest().tokens());
        }
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> run("none", 1, recipe("\"tokenFiles\"")));
        assertTrue(String.valueOf(e.getMessage()).contains("tokenFiles.tokenizer is empty"));
    }

    @Test
    void deduplicationThatDidNothingOrTooMuchFailsLoudly() throws IOException {
        rows("a.jsonl", texts);
        Recipe nothing = recipe("\"exactDuplicates\"").with("expect.exactDuplicates=[0.01,0.5]");
        var e = assertThrows(UnexpectedShareException.class, () -> run("out", 2, nothing));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains("'exactDuplicates' removed 0 of 60 documents"), message);
        assertTrue(message.contains("report.html"), message);
        assertFalse(Files.exists(folder.resolve("out")));
        // What is expected may be corrected without doing the work again.
        run("out", 2, nothing.with("expect.exactDuplicates=[0,0.5]"));
        assertEquals(DOCUMENTS, kept("out").size());

        var copies = new ArrayList<>(texts);
        copies.addAll(texts);
        rows("a.jsonl", copies);
        var much =
                assertThrows(
                        UnexpectedShareException.class,
                        () -> run("much", 2, nothing.with("expect.exactDuplicates=[0,0.4]")));
        assertTrue(String.valueOf(much.getMessage()).contains("a share of 0.5000"));
    }

    @Test
    void emptyDocumentsAreNeverCounted() throws IOException {
        rows("a.jsonl", List.of("", texts.get(0), "", " \n", texts.get(1), "\u3000"));
        CurationResult result =
                run("out", 2, recipe("\"exactDuplicates\", \"nearDuplicates\", \"heldOut\""));
        assertEquals(new Manifest.Counts(2, 0, 4), result.manifest().documents());
        assertEquals(Map.of(), result.manifest().clusterSizes());
        assertEquals(2, step(result, "exactDuplicates").documents());
        for (JsonNode row : Corpus.all(folder.resolve("out/removed"))) {
            assertEquals("empty", row.get("reason").asText());
        }
    }

    @Test
    void aNameWithALineEndSpoilsNoList() throws IOException {
        Files.writeString(in.resolve("a\nb.txt"), texts.get(0));
        Files.writeString(in.resolve("c.txt"), texts.get(0));
        run("out", 1, recipe("\"exactDuplicates\""));
        assertEquals(List.of("in/a\uFFFDb.txt#000000000"), List.copyOf(kept("out").keySet()));
        assertEquals(
                "in/a\uFFFDb.txt#000000000",
                Corpus.all(folder.resolve("out/removed")).getFirst().get("of").asText());
    }
}
