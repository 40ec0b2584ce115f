package io.tornadogpt.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.finetune.task.RowTask;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.RunDirectoryException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs of fine-tuning that are killed, and files of theirs that are not what they were.
class DamagedFineTuningTest {
    private static final int KILLS = Integer.getInteger("gpt.test.kills.fineTuning", 1);
    private static final int FLIPS = 16;

    @TempDir Path folder;

    static Stream<Goal> goals() {
        return KILLS > 1 ? Stream.of(Goal.values()) : Stream.of(Goal.SFT, Goal.GRPO);
    }

    /// At any moments, with SIGKILL; of all tasks in the profile safety, else of two that differ
    /// most.
    @ParameterizedTest
    @MethodSource("goals")
    void killedRunEndsWithTheBitsOfOneThatWasNot(Goal goal) throws Exception {
        Path whole = folder.resolve("whole");
        Process uninterrupted = start(whole, goal);
        assertEquals(KilledFineTuning.DONE, uninterrupted.inputReader().readLine());
        assertEquals(0, uninterrupted.waitFor());
        Path killed = folder.resolve("killed");
        var random = new Random(goal.name().hashCode());
        for (int kills = 0; kills < KILLS; kills++) {
            Process process = start(killed, goal);
            process.waitFor(300 + random.nextInt(900), TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
        }
        Process last = start(killed, goal);
        assertEquals(KilledFineTuning.DONE, last.inputReader().readLine(), errors(killed));
        Path checkpoint = KilledFineTuning.lastCheckpoint(whole);
        assertEquals(files(checkpoint), files(KilledFineTuning.lastCheckpoint(killed)));
        assertEquals(files(whole.resolve("best")), files(killed.resolve("best")));
        assertEquals(metrics(whole), metrics(killed));
    }

    private static String errors(Path run) throws IOException {
        return Files.readString(Path.of(run + ".err"));
    }

    private static List<String> metrics(Path run) throws IOException {
        return Files.readAllLines(new RunDirectory(run).metrics()).stream()
                .map(line -> line.replaceAll("\"tokensPerSecond\" ?: ?[-+.0-9eE]+", ""))
                .toList();
    }

    /// Checksums by name, but for what holds times, and the checksums of that.
    private static Map<String, String> files(Path directory) throws IOException {
        var sums = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = directory.relativize(file).toString();
                if (!name.equals("trainer.json") && !name.equals(Manifest.FILE)) {
                    sums.put(name, Sha256.of(file).hex());
                }
            }
        }
        assertTrue(sums.size() >= 3, sums.keySet().toString());
        return sums;
    }

    private Process start(Path directory, Goal goal) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        classPath(),
                        KilledFineTuning.class.getName(),
                        directory.toString(),
                        goal.name())
                .redirectError(ProcessBuilder.Redirect.appendTo(new File(directory + ".err")))
                .start();
    }

    /// All that this test stands on, whether it is on the class path or the module path.
    private String classPath() throws IOException {
        // Modules on the class path say nothing of the services that they provide.
        Path services = Files.createDirectories(folder.resolve("services/META-INF/services"));
        Files.writeString(
                services.resolve("io.tornadogpt.core.backend.Backend"),
                "io.tornadogpt.cpu.CpuBackend\n");
        return String.join(
                File.pathSeparator,
                folder.resolve("services").toString(),
                System.getProperty("java.class.path"),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("surefire.test.class.path", ""),
                Path.of("target", "classes").toAbsolutePath().toString(),
                Path.of("target", "test-classes").toAbsolutePath().toString());
    }

    private Path run() throws IOException {
        Path run = folder.resolve("run");
        NewFineTuning begun =
                NewFineTuning.of(Goal.DPO, Golden.model("gpt2"), Golden.file("preferences.jsonl"))
                        .with("train.steps=2", "train.batchSize=2", "data.validation=0.25");
        FineTuning.begin(run, begun).train();
        return run;
    }

    /// The rows, the tokenizer, the templates, and what the model gave the answers at the start.
    @Test
    void anyFlippedBitOfTheDataOfARunIsDetected() throws IOException {
        Path run = run();
        Path data = new RunDirectory(run).data();
        List<Path> files;
        try (Stream<Path> all = Files.walk(data)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        assertTrue(files.size() >= 5, files.toString());
        var random = new Random(6);
        for (int i = 0; i < FLIPS; i++) {
            Path path = files.get(i % files.size());
            int bit = random.nextInt(8);
            try (var file = new RandomAccessFile(path.toFile(), "rw")) {
                long at = random.nextLong(file.length());
                String where = "bit %d of byte %d of %s".formatted(bit, at, path);
                toggle(file, at, bit);
                var e = assertThrows(BadFileException.class, () -> FineTuning.resume(run), where);
                assertTrue(e.getMessage().contains(path.getFileName().toString()), where);
                toggle(file, at, bit);
            }
        }
        FineTuning.resume(run).close();
    }

    private static void toggle(RandomAccessFile file, long at, int bit) throws IOException {
        file.seek(at);
        int value = file.read();
        file.seek(at);
        file.write(value ^ (1 << bit));
    }

    @Test
    void secondTrainerIsRefused() throws IOException {
        Path run = run();
        try (Run<RowTask> first = FineTuning.resume(run)) {
            assertEquals(run, first.directory().path());
            var e = assertThrows(RunDirectoryException.class, () -> FineTuning.resume(run));
            assertTrue(Objects.requireNonNull(e.getMessage()).contains(run.toString()));
        }
        assertFalse(Files.exists(run.resolve(".lock")));
        FineTuning.resume(run).close();
    }
}
