package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Training and sampling, over and over in one process: `-Dgpt.test.minutes=60` for an hour.
@EnabledIfSystemProperty(named = "gpt.test.minutes", matches = "\\d+")
class LongRunTest {
    @TempDir Path folder;

    /// What the system says of this process.
    private record Usage(double residentKilobytes, double files, double threads) {
        static Usage now() throws IOException {
            System.gc();
            String status = Files.readString(Path.of("/proc/self/status"));
            File[] files = new File("/proc/self/fd").listFiles();
            return new Usage(
                    number(status, "VmRSS:"),
                    files == null ? 0 : files.length,
                    number(status, "Threads:"));
        }

        private static double number(String status, String key) {
            return status.lines()
                    .filter(line -> line.startsWith(key))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        }
    }

    @Test
    void memoryFilesAndThreadsStayFlat() throws IOException {
        long end = System.nanoTime() + Integer.getInteger("gpt.test.minutes", 1) * 60_000_000_000L;
        Path text =
                Files.writeString(
                        folder.resolve("text.txt"),
                        "the quick brown fox jumps over the lazy dog.\n".repeat(100));
        List<Usage> usages = new ArrayList<>();
        for (int i = 0; System.nanoTime() < end; i++) {
            Path run = folder.resolve("run" + i);
            CommandRun.gpt(
                            "train",
                            "--data",
                            text,
                            "--preset",
                            "tiny",
                            "--out",
                            run,
                            "--steps",
                            60,
                            "--set",
                            "train.evalInterval=20",
                            "--set",
                            "train.checkpointInterval=20",
                            "--set",
                            "train.sampleInterval=30")
                    .requireSuccess();
            CommandRun.gpt("sample", "--model", run, "--prompt", "the ", "--max-new-tokens", 40)
                    .requireSuccess();
            usages.add(Usage.now());
        }
        int third = usages.size() / 3;
        List<Usage> middle = usages.subList(third, 2 * third);
        List<Usage> last = usages.subList(2 * third, usages.size());
        flat("resident memory", middle, last, Usage::residentKilobytes);
        flat("open files", middle, last, Usage::files);
        flat("threads", middle, last, Usage::threads);
    }

    private static void flat(
            String what, List<Usage> middle, List<Usage> last, ToDoubleFunction<Usage> value) {
        double before = middle.stream().mapToDouble(value).average().orElseThrow();
        double after = last.stream().mapToDouble(value).average().orElseThrow();
        String said =
                "%s: %.0f in the middle third of %d rounds, %.0f in the last"
                        .formatted(what, before, middle.size() * 3, after);
        System.out.println(said);
        assertTrue(after <= 1.05 * before, said);
    }
}
