package io.tornadogpt.curation.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.curation.BadInput;
import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.RecipeException;
import io.tornadogpt.curation.Verdict;
import io.tornadogpt.curation.read.Reading;
import io.tornadogpt.curation.run.BadCorpusException;
import io.tornadogpt.curation.run.Curation;
import io.tornadogpt.curation.run.CurationListener;
import io.tornadogpt.curation.run.CurationResult;
import io.tornadogpt.curation.run.Engine;
import io.tornadogpt.curation.run.Engines;
import io.tornadogpt.curation.run.LocalEngine;
import io.tornadogpt.curation.run.Manifest;
import io.tornadogpt.curation.run.StoppedException;
import io.tornadogpt.curation.step.DocumentStep;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// Spark gives the bytes that one machine gives.
class SparkEngineTest {
    private static final int CLEAN = 270;
    private static final String STEPS =
            """
            {"steps": ["repair", "gopherRepetition", "privateData", "exactDuplicates",
              "nearDuplicates", "paragraphDuplicates", "substringDuplicates",
              {"step": "heldOut", "share": 0.1},
              {"step": "mix", "weights": {"in/b": 1.5}}]}
            """;

    @TempDir private Path folder;
    private Path in;
    private final Recipe recipe = Recipe.parse(STEPS).with("reading.shardBytes=60000");

    /// Clean documents, of which some come again: whole, with another end, as a chain in which each
    /// differs from the one before, and in parts.
    @BeforeEach
    void write() throws IOException {
        in = Files.createDirectory(folder.resolve("in"));
        var random = new Random(5);
        var first = new StringBuilder();
        var second = new StringBuilder();
        for (int i = 0; i < CLEAN; i++) {
            String text = prose(random, 16);
            first.append(row(text));
            if (i % 9 == 0) {
                second.append(row(text)).append(row(text)).append(row(text + " " + word(random)));
            } else if (i % 9 == 1) {
                String changed = text;
                for (int link = 0; link < 12; link++) {
                    String[] sentences = changed.split("(?<=\\.)", 3);
                    changed = sentences[2].strip() + sentences[0] + " " + sentence(random);
                    second.append(row(changed));
                }
            } else if (i % 9 == 2) {
                second.append(row(prose(random, 8) + "\n" + text.lines().findFirst().orElse("")));
            } else if (i % 9 == 3) {
                String part = text.substring(text.length() / 4, text.length() * 3 / 4);
                String flat = part.replace('\n', ' ');
                second.append(row(prose(random, 12) + " " + flat + " " + prose(random, 12)));
            }
        }
        Files.writeString(in.resolve("a.jsonl"), first);
        Files.writeString(in.resolve("b.jsonl"), second);
        Files.writeString(in.resolve("c.txt"), "");
        Files.write(in.resolve("d.txt"), new byte[] {'a', 0, (byte) 0xFF, 'b'});
    }

    private static String word(Random random) {
        var word = new StringBuilder();
        for (int i = 3 + random.nextInt(6); i > 0; i--) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }

    private static String sentence(Random random) {
        var sentence = new StringBuilder("The");
        for (int i = 8 + random.nextInt(5); i > 0; i--) {
            sentence.append(' ').append(word(random));
        }
        return sentence.append('.').toString();
    }

    private static String prose(Random random, int sentences) {
        var prose = new StringBuilder();
        for (int i = 0; i < sentences; i++) {
            prose.append(prose.isEmpty() ? "" : i % 4 == 0 ? "\n" : " ").append(sentence(random));
        }
        return prose.toString();
    }

    private static String row(String text) {
        return "{\"text\": \"" + text.replace("\n", "\\n") + "\"}\n";
    }

    private CurationResult run(String out, Engine engine) throws IOException {
        return run(out, engine, new CurationListener() {}, () -> false);
    }

    private CurationResult run(
            String out, Engine engine, CurationListener listener, BooleanSupplier stop)
            throws IOException {
        return new Curation(List.of(in), folder.resolve(out), recipe, null, engine, listener, stop)
                .run();
    }

    /// Checksums of all files of a result but the report, which holds times.
    private Map<String, String> sums(String out) throws IOException {
        var sums = new TreeMap<String, String>();
        Path result = folder.resolve(out);
        try (Stream<Path> files = Files.walk(result)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = result.relativize(file).toString();
                if (!name.equals("report.html")) {
                    sums.put(name, io.tornadogpt.core.files.Sha256.of(file).hex());
                }
            }
        }
        return sums;
    }

    private Map<String, String> local() throws IOException {
        Manifest manifest = run("local", new LocalEngine(2)).manifest();
        for (Manifest.Step step : manifest.steps()) {
            boolean finds = step.step().endsWith("Duplicates");
            assertTrue(!finds || step.removed() + step.changed() > 10, step.toString());
        }
        int largest = manifest.clusterSizes().keySet().stream().max(Integer::compare).orElse(0);
        assertTrue(largest > 5, manifest.clusterSizes().toString());
        assertEquals(1, manifest.problemKinds().size());
        assertTrue(manifest.files().size() > 12, manifest.files().toString());
        return sums("local");
    }

    @Test
    void twoThreadsOfOneProcessGiveTheBytesOfTheLocalEngine() throws IOException {
        Map<String, String> expected = local();
        for (int cores : new int[] {2, 1}) {
            CurationResult result =
                    run("spark" + cores, Engines.named("spark:local[" + cores + "]", 1));
            assertEquals(expected, sums("spark" + cores));
            assertTrue(result.seconds().length > 0);
        }
    }

    @Test
    void twoWorkersGiveTheBytesOfTheLocalEngineAndSoDoesTheOneThatIsLeft()
            throws IOException, InterruptedException {
        Map<String, String> expected = local();
        System.setProperty("spark.driver.host", "127.0.0.1");
        System.setProperty("spark.executor.memory", "512m");
        System.setProperty("spark.executor.extraClassPath", Cluster.folders());
        try (var cluster = new Cluster(Files.createDirectory(folder.resolve("cluster")))) {
            run("two", new SparkEngine(cluster.address()));
            assertEquals(expected, sums("two"));
            var killed = new AtomicBoolean();
            CurationListener killer =
                    new CurationListener() {
                        @Override
                        public void progress(Progress progress) {
                            boolean begun = progress.bytesRead() > 0;
                            if (begun && progress.bytesRead() < progress.bytes() && !killed.get()) {
                                cluster.kill(0);
                                killed.set(true);
                            }
                        }

                        @Override
                        public void phase(String name) {
                            if (name.equals("duplicates") && !killed.get()) {
                                cluster.kill(0);
                                killed.set(true);
                            }
                        }
                    };
            run("left", new SparkEngine(cluster.address()), killer, () -> false);
            assertTrue(killed.get());
            assertEquals(expected, sums("left"));
        } finally {
            System.clearProperty("spark.driver.host");
            System.clearProperty("spark.executor.memory");
            System.clearProperty("spark.executor.extraClassPath");
        }
    }

    @Test
    void aRunThatWasStoppedOnSparkIsEndedOnOneMachine() throws IOException {
        Map<String, String> expected = local();
        var asked = new AtomicInteger();
        assertThrows(
                StoppedException.class,
                () ->
                        run(
                                "stopped",
                                new SparkEngine("local[2]"),
                                new CurationListener() {},
                                () -> asked.incrementAndGet() > 2));
        run("stopped", new LocalEngine(2));
        assertEquals(expected, sums("stopped"));
    }

    @Test
    void badInputEndsARunWhereTheRecipeSaysSo() {
        var curation =
                new Curation(
                        List.of(in),
                        folder.resolve("out"),
                        recipe.with("onBadInput=stop"),
                        null,
                        new SparkEngine("local[2]"),
                        new CurationListener() {},
                        () -> false);
        var e = assertThrows(BadCorpusException.class, curation::run);
        assertEquals("in/d.txt", e.input().place());
    }

    private record NoGreeting() implements DocumentStep {
        @Override
        public Verdict apply(Document document) {
            return Verdict.KEPT;
        }
    }

    @Test
    void whatCannotBeDoneIsRefusedByName() {
        var own = new Recipe("own", BadInput.SKIP, Reading.DEFAULT, List.of(new NoGreeting()));
        Recipe model = Recipe.parse("{\"steps\": [{\"step\": \"perplexity\", \"model\": \"m\"}]}");
        for (Map.Entry<String, Recipe> refused :
                Map.of("noGreeting", own, "perplexity", model).entrySet()) {
            var e =
                    assertThrows(
                            RecipeException.class,
                            () -> new SparkEngine("local[2]").check(refused.getValue()));
            assertTrue(String.valueOf(e.getMessage()).contains(refused.getKey()), e.getMessage());
        }
    }
}
