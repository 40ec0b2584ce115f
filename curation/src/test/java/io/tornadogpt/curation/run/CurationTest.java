package io.tornadogpt.curation.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.curation.BadInput;
import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.Verdict;
import io.tornadogpt.curation.read.Reading;
import io.tornadogpt.curation.step.DocumentStep;
import io.tornadogpt.curation.step.Step;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

class CurationTest {
    private static final int CLEAN = 300;
    private static final int COPIES = 40;

    @TempDir private Path folder;
    private Path in;
    private final Recipe recipe =
            Recipe.named("default").with("reading.shardBytes=60000").with("heldOut.share=0.1");

    /// Clean documents; copies of every seventh in another file, which comes later by its name; and
    /// what the rules remove.
    @BeforeEach
    void write() throws IOException {
        in = Files.createDirectory(folder.resolve("in"));
        var random = new Random(7);
        var clean = new StringBuilder();
        var copies = new StringBuilder();
        for (int i = 0; i < CLEAN; i++) {
            String text = Corpus.prose(random, 20);
            if (i == 5) {
                text += " Write to JANE@EXAMPLE.COM or jane@example.com.";
            }
            clean.append(Corpus.row(text));
            if (i % 7 == 0 && i / 7 < COPIES) {
                copies.append(Corpus.row(text));
                copies.append(Corpus.row(text + " And that was the end of it."));
            }
        }
        Files.writeString(in.resolve("a.jsonl"), clean);
        Files.writeString(in.resolve("b.jsonl"), copies);
        Files.writeString(in.resolve("c.txt"), "too short");
        Files.writeString(in.resolve("d.txt"), "");
    }

    private CurationResult run(String out, int threads) throws IOException {
        return run(out, threads, () -> false);
    }

    private CurationResult run(String out, int threads, BooleanSupplier stop) throws IOException {
        return new Curation(
                        List.of(in),
                        folder.resolve(out),
                        recipe,
                        null,
                        new LocalEngine(threads),
                        new CurationListener() {},
                        stop)
                .run();
    }

    @Test
    void everyDocumentIsAccountedFor() throws IOException {
        CurationResult result = run("out", 2);
        Manifest manifest = result.manifest();
        int read = CLEAN + 2 * COPIES + 2;
        assertEquals(read, manifest.input().documents());
        List<JsonNode> train = Corpus.all(result.path().resolve("train"));
        List<JsonNode> heldOut = Corpus.all(result.path().resolve("heldout"));
        List<JsonNode> removed = Corpus.all(result.path().resolve("removed"));
        assertEquals(manifest.documents().train(), train.size());
        assertEquals(manifest.documents().heldOut(), heldOut.size());
        assertEquals(manifest.documents().removed(), removed.size());
        assertEquals(CLEAN, train.size() + heldOut.size());
        assertTrue(heldOut.size() > CLEAN / 20 && heldOut.size() < CLEAN / 5, "" + heldOut.size());
        Set<String> ids = new HashSet<>();
        for (List<JsonNode> part : List.of(train, heldOut, removed)) {
            part.forEach(row -> assertTrue(ids.add(row.get("id").asText()), row.toString()));
        }
        assertEquals(read, ids.size());
        removed.forEach(row -> assertFalse(row.has("text"), row.toString()));
    }

    @Test
    void theLeastIdOfAClusterStays() throws IOException {
        CurationResult result = run("out", 2);
        int exact = 0;
        int near = 0;
        for (JsonNode row : Corpus.all(result.path().resolve("removed"))) {
            if (row.get("reason").asText().equals("duplicate")) {
                assertTrue(row.get("of").asText().startsWith("in/a.jsonl#"), row.toString());
                assertTrue(row.get("id").asText().startsWith("in/b.jsonl#"), row.toString());
                exact += row.get("step").asText().equals("exactDuplicates") ? 1 : 0;
                near += row.get("step").asText().equals("nearDuplicates") ? 1 : 0;
            }
        }
        assertEquals(COPIES, exact);
        assertEquals(COPIES, near);
        assertEquals(java.util.Map.of(3, (long) COPIES), result.manifest().clusterSizes());
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBytes() throws IOException {
        run("one", 1);
        run("four", 4);
        var sums = Corpus.sums(folder.resolve("one"));
        assertTrue(sums.keySet().stream().filter(name -> name.startsWith("train")).count() > 3);
        assertEquals(sums, Corpus.sums(folder.resolve("four")));
    }

    @Test
    void aStoppedRunGoesOnAndEndsTheSame() throws IOException {
        run("whole", 2);
        for (int after : new int[] {1, 4, 8}) {
            var asked = new AtomicInteger();
            String out = "stopped" + after;
            assertThrows(
                    StoppedException.class,
                    () -> run(out, 2, () -> asked.incrementAndGet() > after));
            assertFalse(Files.exists(folder.resolve(out)));
            run(out, 2);
            assertEquals(Corpus.sums(folder.resolve("whole")), Corpus.sums(folder.resolve(out)));
            assertFalse(Files.exists(folder.resolve("." + out + ".curating")));
        }
    }

    @Test
    void aRunThatWasBegunOtherwiseIsNotTakenUp() {
        assertThrows(StoppedException.class, () -> run("out", 1, () -> true));
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                new Curation(
                                                List.of(in),
                                                folder.resolve("out"),
                                                recipe.with("heldOut.share=0.2"))
                                        .run());
        assertTrue(String.valueOf(e.getMessage()).contains("another recipe"), e.getMessage());
    }

    @Test
    void privateDataOfAnyCaseIsReplaced() throws IOException {
        CurationResult result = run("out", 2);
        var texts = new ArrayList<String>();
        Corpus.all(result.path().resolve("train"))
                .forEach(row -> texts.add(row.get("text").asText()));
        Corpus.all(result.path().resolve("heldout"))
                .forEach(row -> texts.add(row.get("text").asText()));
        assertEquals(
                1,
                texts.stream()
                        .filter(
                                text ->
                                        text.contains(
                                                "Write to <EMAIL_ADDRESS> or <EMAIL_ADDRESS>."))
                        .count());
        assertTrue(texts.stream().noneMatch(text -> text.contains("@")));
        String report = Files.readString(result.path().resolve("report.html"));
        assertFalse(report.contains("JANE@EXAMPLE.COM"));
    }

    @Test
    void removedTextsAreWrittenOnlyWhereTheyAreAskedFor() throws IOException {
        Path texts = folder.resolve("texts");
        new Curation(
                        List.of(in),
                        folder.resolve("out"),
                        recipe,
                        texts,
                        new LocalEngine(2),
                        new CurationListener() {},
                        () -> false)
                .run();
        List<JsonNode> removed = Corpus.all(texts);
        assertEquals(Corpus.all(folder.resolve("out/removed")).size(), removed.size());
        assertTrue(removed.stream().anyMatch(row -> row.path("text").asText().equals("too short")));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Curation(
                                List.of(in),
                                folder.resolve("more"),
                                recipe,
                                folder.resolve("more/removed"),
                                new LocalEngine(1),
                                new CurationListener() {},
                                () -> false));
    }

    @Test
    void theResultStandsNowhereInTheInput() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Curation(List.of(in), in.resolve("out"), recipe));
    }

    private record NoGreeting() implements DocumentStep {
        @Override
        public Verdict apply(Document document) {
            return document.text().startsWith("Hello")
                    ? new Verdict.Removed("greeting", "it begins with Hello")
                    : Verdict.KEPT;
        }
    }

    @Test
    void aStepOfOnesOwnIsAStepLikeTheOthers() throws IOException {
        Path texts = Files.createDirectory(folder.resolve("texts"));
        Files.writeString(texts.resolve("a.txt"), "Hello, it is me.");
        Files.writeString(texts.resolve("b.txt"), "It is me.");
        var own =
                new Recipe("own", BadInput.SKIP, Reading.DEFAULT, List.<Step>of(new NoGreeting()));
        CurationResult result = new Curation(List.of(texts), folder.resolve("out"), own).run();
        assertEquals(new Manifest.Counts(1, 0, 1), result.manifest().documents());
        assertEquals(
                "noGreeting",
                Corpus.all(result.path().resolve("removed")).getFirst().get("step").asText());
    }
}
