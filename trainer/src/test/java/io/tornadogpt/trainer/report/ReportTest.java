package io.tornadogpt.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.metrics.StepSample;
import io.tornadogpt.trainer.run.RunDirectory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class ReportTest {
    private static final String HOSTILE =
            "</script><img src=x onerror=\"alert('1')\"> & </style></svg>\u202e\0\ud800 end";

    @TempDir Path folder;

    /// A run of so many steps, evaluated at every tenth.
    private RunDirectory run(String name, int steps) throws IOException {
        var run = new RunDirectory(Files.createDirectories(folder.resolve(name)));
        Files.writeString(
                run.settings(),
                """
                {"model": {"nLayer": 2}, "train": {"batchSize": 4, "blockSize": 8,
                 "gradAccumulation": 2, "steps": %d, "schedule": "cosine"}}
                """
                        .formatted(Math.max(1, steps)));
        var random = new Random(steps);
        var lines = new StringBuilder();
        for (int step = 1; step <= steps; step++) {
            double loss = 2 + 5.0 / step + random.nextDouble();
            lines.append("{\"step\":%d,\"loss\":%s,\"lr\":0.001,".formatted(step, loss))
                    .append("\"gradNorm\":%s,\"tokensPerSecond\":640".formatted(loss / 3))
                    .append(step % 10 == 0 ? ",\"valLoss\":%s}\n".formatted(loss + 0.1) : "}\n");
        }
        Files.writeString(run.metrics(), lines);
        return run;
    }

    private static String html(RunDirectory... runs) throws IOException {
        return Report.of(runs).html();
    }

    private static void write(Path path, StepSample... samples) throws IOException {
        try (StepLog<StepSample> log = StepLog.append(path)) {
            for (StepSample sample : samples) {
                log.write(sample);
            }
        }
    }

    private static int count(String page, String part) {
        return page.split(Pattern.quote(part), -1).length - 1;
    }

    @Test
    void pageShowsLossesSettingsSamplesAndMachine() throws IOException {
        RunDirectory run = run("first", 40);
        write(run.samples(), new StepSample(20, "Once", " upon a time", 1));
        try (StepLog<RunStart> log = StepLog.append(run.starts())) {
            log.write(
                    new RunStart(
                            0,
                            "2026-01-02T03:04:05Z",
                            "1.2",
                            "25, Vendor",
                            "Linux 6, amd64",
                            "Fast CPU",
                            8,
                            1L << 34,
                            "cpu (Vector API, 256 bits)",
                            4,
                            12345));
        }
        String page = html(run);
        for (String expected :
                List.of(
                        "<h1>first</h1>",
                        "aria-label=\"Loss: smoothed from ",
                        ">Learning rate<",
                        ">Gradient norm<",
                        ">Speed<",
                        "<span class=\"prompt\">Once</span> upon a time",
                        "<dt>train.schedule</dt><dd>cosine</dd>",
                        "Fast CPU, 8 processors",
                        "<dd>16.0 GiB</dd>",
                        "2026-01-02 03:04 UTC",
                        "<dd>12.3k</dd>",
                        // 4 * 8 * 2 tokens a step, 40 steps, 640 a second
                        "<dd>2.56k</dd><dd class=\"detail\">640 a second</dd>",
                        "<dd>4 s</dd>")) {
            assertTrue(page.contains(expected), expected + " is not in\n" + page);
        }
        assertFalse(page.contains(">Utilization<"), "nothing was measured");
        assertEquals(40 / 10, count(page, "<circle class=\"dotted run1 dash1\" cx=") - 1);
    }

    @Test
    void textsOfFilesNeverBecomeMarkup() throws IOException {
        RunDirectory run = run("</title><script>alert(2)</script>".replace('/', '_'), 3);
        write(run.samples(), new StepSample(1, HOSTILE, HOSTILE, 1));
        Files.writeString(
                run.settings(), "{\"<script>alert(3)</script>\": {\"<b>\": \"<img src=y>\"}}");
        Files.writeString(
                run.origin(),
                """
                {"seed": 1, "order": "random", "device": "<i>", "source": "<img src=z onerror=0>"}
                """);
        String page = html(run);
        for (String harmful :
                List.of("<img", "<script>alert", "</script><", "<b>", "\0", "\u202e")) {
            assertFalse(page.contains(harmful), harmful);
        }
        assertTrue(page.contains("&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)"));
        assertEquals(1, count(page, "<script>"));
        assertEquals(1, count(page, "</script>"));
    }

    @Test
    void pageLoadsNothing() throws IOException {
        String page = html(run("run", 20));
        assertTrue(page.contains("default-src &#39;none&#39;"), page);
        Matcher links =
                Pattern.compile("(https?:)?//[a-z]|\\b(src|href)=|url\\(|@import").matcher(page);
        assertFalse(links.find(), "a link");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void runThatHasHardlyBegunHasAPage(int steps) throws IOException {
        String page = html(run("short", steps));
        assertEquals(steps == 0, page.contains("No step has been done yet"));
        assertFalse(page.contains("NaN"), page);
        assertFalse(page.contains("Infinity"), page);
    }

    @Test
    void lossesThatAreNotFiniteAreGapsThatArePointedOut() throws IOException {
        RunDirectory run = run("broken", 0);
        try (StepLog<StepMetrics> log = StepLog.append(run.metrics())) {
            for (int step = 1; step <= 30; step++) {
                double loss = step >= 20 ? Double.NaN : step == 10 ? 1.0 / 0 : 3;
                log.write(new StepMetrics(step, loss, 1e-3, loss, 640, null, null));
            }
        }
        String page = html(run);
        assertTrue(page.contains("was not finite at 12 of 30 steps, first at step 10"), page);
        assertTrue(page.contains("<dd>not a number</dd>"), page);
        Matcher paths = Pattern.compile(" d=\"([^\"]*)\"").matcher(page);
        while (paths.find()) {
            assertTrue(paths.group(1).matches("[-ML0-9. ]*"), paths.group(1));
        }
    }

    @Test
    void directoryWithMetricsAloneHasAPage() throws IOException {
        RunDirectory run = run("bare", 30);
        Files.delete(run.settings());
        String page = html(run);
        assertTrue(page.contains("Not recorded."), page);
        assertFalse(page.contains(">Settings<"), page);
    }

    @Test
    void longestRunsGiveAPageOfLessThanAMegabyte() throws IOException {
        RunDirectory run = run("long", 100_000);
        var samples = new ArrayList<StepSample>();
        for (int i = 1; i <= 400; i++) {
            samples.add(new StepSample(i * 250, "<".repeat(500), "<&>".repeat(2000), 1));
        }
        write(run.samples(), samples.toArray(StepSample[]::new));
        assertTrue(html(run).length() < 1_000_000);
        RunDirectory[] many = new RunDirectory[30];
        for (int i = 0; i < many.length; i++) {
            many[i] = run("many" + i, 2000);
        }
        assertTrue(html(many).length() < 1_000_000);
    }

    @Test
    void severalRunsAreToldApartByLetterAndDashes() throws IOException {
        RunDirectory a = run("a", 50);
        RunDirectory b = run("b", 30);
        Files.writeString(
                b.settings(), Files.readString(b.settings()).replace("cosine", "constant"));
        String page = html(a, b);
        assertTrue(page.contains("<h1>2 runs</h1>"));
        assertTrue(page.contains("plain run0 dash0"));
        assertTrue(page.contains("plain run1 dash1"));
        for (String letter : List.of("A", "B")) {
            assertTrue(page.contains("data-label=\"" + letter + "\""), letter);
            assertTrue(
                    Pattern.compile("class=\"letter run\\d\"[^>]*>" + letter).matcher(page).find());
        }
        assertTrue(page.contains("train.schedule ≠</th><td>cosine</td><td>constant</td>"), page);
        assertTrue(page.contains("model.nLayer</th><td>2</td><td>2</td>"), page);
    }

    @ParameterizedTest
    @ValueSource(strings = {"metrics.jsonl", "samples.jsonl", "starts.jsonl"})
    void damagedLineIsNamed(String name) throws IOException {
        RunDirectory run = run("damaged", 0);
        Files.writeString(run.path().resolve(name), "{\"step\": 1, \"loss\"\n");
        var error = assertThrows(BadFileException.class, () -> Report.of(run));
        assertTrue(error.getMessage().contains(name + ": line 1 "), error.getMessage());
    }

    @Test
    void damagedSettingsAreNamed() throws IOException {
        RunDirectory run = run("damaged", 1);
        Files.writeString(run.settings(), "{\"model\":");
        var error = assertThrows(BadFileException.class, () -> Report.of(run));
        assertTrue(error.getMessage().contains("settings.json"), error.getMessage());
    }

    @Test
    void directoryWithoutARunIsRefused() {
        var empty = new RunDirectory(folder.resolve("empty"));
        var error = assertThrows(IllegalArgumentException.class, () -> Report.of(empty));
        assertTrue(error.getMessage().contains("holds no training run"), error.getMessage());
    }

    @Test
    void reportTakesThePlaceOfAReportAndOfNothingElse() throws IOException {
        RunDirectory run = run("run", 10);
        Path file = folder.resolve("new/report.html");
        Report.of(run).write(file);
        Report.of(run).write(file);
        assertEquals(html(run), Files.readString(file));
        Files.writeString(file, "<!doctype html><title>Quarterly report</title>");
        var error = assertThrows(IllegalArgumentException.class, () -> Report.of(run).write(file));
        assertTrue(error.getMessage().contains("name another file"), error.getMessage());
        assertTrue(Files.readString(file).contains("Quarterly"));
    }
}
