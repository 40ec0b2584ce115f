package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// Training and sampling, over and over in one process: `-Dgpt.test.minutes=60` for an hour.
///
/// The first quarter of the rounds is left out: in it classes are loaded, loops compiled, and the
/// heap takes the size that the rounds need. The second quarter is compared with the last one, by
/// medians, because a round now and then is measured while the compiler works. Growth fails; that
/// memory falls does not, for the collector G1 gives back parts of the heap and takes them again.
/// What each round used, and how much of it was objects, stands in `target/long-run.csv`.
@EnabledIfSystemProperty(named = "gpt.test.minutes", matches = "\\d+")
@EnabledOnOs(OS.LINUX)
class LongRunTest {
    /// So that each quarter has some, however short the time.
    private static final int FEWEST_ROUNDS = 20;

    private static final double MOST_GROWTH = 0.05;

    @TempDir Path folder;

    /// What the system says of this process.
    ///
    /// @param resident kilobytes of memory, of mapped files too
    /// @param own of these, what is no file: heap, compiled code, buffers
    /// @param heap kilobytes of objects that were alive
    /// @param files that are open
    private record Usage(double resident, double own, double heap, double files, double threads) {
        static Usage now() throws IOException {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            String status = Files.readString(Path.of("/proc/self/status"));
            File[] files = new File("/proc/self/fd").listFiles();
            return new Usage(
                    number(status, "VmRSS:"),
                    number(status, "RssAnon:"),
                    (runtime.totalMemory() - runtime.freeMemory()) / 1024.0,
                    files == null ? 0 : files.length,
                    number(status, "Threads:"));
        }

        private static double number(String status, String key) {
            return status.lines()
                    .filter(line -> line.startsWith(key))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        }

        String line(double seconds) {
            return String.format(
                    Locale.ROOT,
                    "%.1f,%.0f,%.0f,%.0f,%.0f,%.0f%n",
                    seconds,
                    resident,
                    own,
                    heap,
                    files,
                    threads);
        }
    }

    @Test
    void memoryFilesAndThreadsStayFlat() throws IOException {
        long begin = System.nanoTime();
        long end = begin + Integer.getInteger("gpt.test.minutes") * 60_000_000_000L;
        Path text =
                Files.writeString(
                        folder.resolve("text.txt"),
                        "the quick brown fox jumps over the lazy dog.\n".repeat(100));
        Path log = Files.createDirectories(Path.of("target")).resolve("long-run.csv");
        Files.writeString(log, "seconds,resident,own,heap,files,threads\n");
        List<Usage> usages = new ArrayList<>();
        while (System.nanoTime() < end || usages.size() < FEWEST_ROUNDS) {
            round(text, folder.resolve("run" + usages.size()));
            Usage usage = Usage.now();
            usages.add(usage);
            double seconds = (System.nanoTime() - begin) * 1e-9;
            Files.writeString(log, usage.line(seconds), StandardOpenOption.APPEND);
        }
        List<String> wrong = new ArrayList<>();
        compare("resident memory, kB", usages, Usage::resident, wrong);
        compare("open files", usages, Usage::files, wrong);
        compare("threads", usages, Usage::threads, wrong);
        assertTrue(wrong.isEmpty(), String.join("\n", wrong));
    }

    private static void round(Path text, Path run) throws IOException {
        CommandRun.gpt(
                        "train",
                        "--data",
                        text,
                        "--preset",
                        "tiny",
                        "--out",
                        run,
                        "--threads",
                        1,
                        "--steps",
                        60,
                        "--set",
                        "train.evalInterval=20",
                        "--set",
                        "train.checkpointInterval=20",
                        "--set",
                        "train.sampleInterval=30")
                .requireSuccess();
        CommandRun.gpt(
                        "sample",
                        "--model",
                        run,
                        "--threads",
                        1,
                        "--prompt",
                        "the ",
                        "--max-new-tokens",
                        40)
                .requireSuccess();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void compare(
            String what, List<Usage> usages, ToDoubleFunction<Usage> value, List<String> wrong) {
        double[] all = usages.stream().mapToDouble(value).toArray();
        int rounds = all.length;
        double before = median(all, rounds / 4, rounds / 2);
        double after = median(all, 3 * rounds / 4, rounds);
        String said =
                String.format(
                        Locale.ROOT,
                        "%s: %.0f at first, %.0f in the second quarter of %d rounds, %.0f in the"
                                + " last (%+.1f %%)",
                        what,
                        all[0],
                        before,
                        rounds,
                        after,
                        100 * (after / before - 1));
        System.out.println(said);
        if (after > (1 + MOST_GROWTH) * before) {
            wrong.add(said);
        }
    }

    private static double median(double[] values, int from, int to) {
        double[] sorted = java.util.Arrays.stream(values, from, to).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
