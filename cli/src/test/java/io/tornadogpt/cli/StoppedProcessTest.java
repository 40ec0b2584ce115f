package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.trainer.run.Checkpoint;
import io.tornadogpt.trainer.run.RunDirectory;

import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A process that trains, and is asked to end by SIGTERM.
@DisabledOnOs(OS.WINDOWS)
class StoppedProcessTest {
    private static final int SIGTERM_EXIT = 143;

    /// Longer than what comes within is taken for one signal.
    private static final int APART_MILLIS = 1100;

    @TempDir Path folder;

    /// After the first signal it saves and ends; a second one ends it wherever it is by then.
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void signalsLeaveARunThatGoesOn(int signals) throws Exception {
        Path text =
                Files.writeString(
                        folder.resolve("text.txt"),
                        "the quick brown fox jumps over the lazy dog.\n".repeat(20));
        Path run = folder.resolve("run");
        Process process = train(text, run);
        try {
            while (steps(run) < 3 && process.isAlive()) {
                Thread.sleep(20);
            }
            String said = Files.readString(folder.resolve("said"));
            assertTrue(process.isAlive(), said);
            for (int i = 0; i < signals; i++) {
                Thread.sleep(i == 0 ? 0 : APART_MILLIS);
                process.destroy(); // SIGTERM, if it has not ended after the first one
            }
            assertEquals(SIGTERM_EXIT, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
        Path checkpoint = new RunDirectory(run).lastCheckpoint().orElseThrow();
        int step = Checkpoint.open(checkpoint).state().step();
        assertTrue(step >= 1, checkpoint.toString());
        CommandRun.gpt("train", "--resume", run, "--steps", step + 2).requireSuccess();
        assertEquals(step + 2, steps(run));
    }

    private static long steps(Path run) throws IOException {
        Path metrics = new RunDirectory(run).metrics();
        return Files.exists(metrics) ? Files.readAllLines(metrics).size() : 0;
    }

    private Process train(Path text, Path run) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        classPath(),
                        Gpt.class.getName(),
                        "train",
                        "--data",
                        text.toString(),
                        "--out",
                        run.toString(),
                        "--preset",
                        "tiny",
                        "--steps",
                        "1000000",
                        "--set",
                        "train.evalInterval=0",
                        "--set",
                        "train.sampleInterval=0",
                        "--set",
                        "train.checkpointInterval=1"));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
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
                Path.of("target", "classes").toAbsolutePath().toString());
    }
}
