package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Processes that train are killed with SIGKILL, over and over, and go on.
class KillTest {
    private static final int KILLS = Integer.getInteger("gpt.test.kills", 25);
    private static final int SEED = Integer.getInteger("gpt.test.kills.seed", 20);

    /// Operations on the disk of a save and the steps around it, nearly.
    private static final int OPERATIONS = 60;

    @TempDir Path folder;

    @Test
    void killedRunEndsWithTheBitsOfOneThatWasNot() throws Exception {
        Path whole = folder.resolve("whole");
        Process uninterrupted = start(whole, -1);
        assertEquals(KilledRun.DONE, uninterrupted.inputReader().readLine());
        assertEquals(0, uninterrupted.waitFor());

        var random = new Random(SEED);
        int kills = 0;
        int inSaves = 0;
        for (int run = 0; kills < KILLS; run++) {
            Path killed = folder.resolve("killed" + run);
            boolean done = false;
            while (!done) {
                boolean stopped = kills >= KILLS;
                boolean aimed = kills % 2 == 0;
                int operation = stopped || !aimed ? -1 : random.nextInt(OPERATIONS);
                Process process = start(killed, operation);
                BufferedReader out = process.inputReader();
                if (stopped || aimed) {
                    done = KilledRun.DONE.equals(out.readLine());
                } else {
                    // Unaimed: any time from the start of the machine to the end of the run.
                    done = process.waitFor(150 + random.nextInt(900), TimeUnit.MILLISECONDS);
                }
                if (!done) {
                    process.destroyForcibly();
                    kills++;
                    inSaves += aimed ? 1 : 0;
                }
                int code = process.waitFor();
                assertEquals(done ? 0 : 137, code, "kill " + kills);
            }
            assertSame(whole, killed);
        }
        assertTrue(inSaves >= KILLS / 3, inSaves + " of " + kills + " kills were aimed at saves");
    }

    private static void assertSame(Path whole, Path killed) throws IOException {
        for (String file :
                List.of(
                        "checkpoints/step-00000200/model.safetensors",
                        "checkpoints/step-00000200/optimizer.safetensors",
                        "best/model.safetensors")) {
            assertArrayEquals(
                    Files.readAllBytes(whole.resolve(file)),
                    Files.readAllBytes(killed.resolve(file)),
                    file);
        }
        assertEquals(
                TinyRun.withoutSpeed(Files.readString(whole.resolve("metrics.jsonl"))),
                TinyRun.withoutSpeed(Files.readString(killed.resolve("metrics.jsonl"))));
        assertEquals(names(whole), names(killed));
    }

    private static List<String> names(Path run) throws IOException {
        return new ArrayList<>(TinyRun.contents(run).keySet());
    }

    private Process start(Path directory, int operation) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        classPath(),
                        KilledRun.class.getName(),
                        directory.toString(),
                        Integer.toString(operation)));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.to(new File(directory + ".err")))
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
}
