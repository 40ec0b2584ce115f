package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// Processes that train are killed with SIGKILL, over and over, and go on.
class KillTest {
    private static final int KILLS = Integer.getInteger("gpt.test.kills", 25);
    private static final int SEED = Integer.getInteger("gpt.test.kills.seed", 20);

    /// Operations on the disk of two saves, nearly: of a checkpoint, and of the best model, which
    /// is saved with every second one.
    private static final int OPERATIONS = 100;

    @TempDir Path folder;

    @Test
    void killedRunEndsWithTheBitsOfOneThatWasNot() throws Exception {
        kill(KILLS, "best", List.of());
    }

    @Test
    void killedRunOfAnAdapterEndsWithTheBitsOfOneThatWasNot() throws Exception {
        Path base = folder.resolve("base");
        TinyRun.trainer(base, TinyRun.config()).run();
        kill(Math.ceilDiv(KILLS, 5), "adapter", List.of(base.resolve("best").toString()));
    }

    /// @param wanted how many kills
    /// @param kept what the run keeps beside its checkpoints
    /// @param arguments of each process, besides where and when
    private void kill(int wanted, String kept, List<String> arguments) throws Exception {
        Path whole = folder.resolve("whole");
        Process uninterrupted = start(whole, -1, arguments);
        BufferedReader said = uninterrupted.inputReader();
        assertEquals(KilledRun.BEGUN, said.readLine());
        assertEquals(KilledRun.DONE, said.readLine());
        assertEquals(0, uninterrupted.waitFor());

        var random = new Random(SEED);
        int kills = 0;
        int inSaves = 0;
        for (int run = 0; kills < wanted; run++) {
            Path killed = folder.resolve("killed" + run);
            boolean done = false;
            while (!done) {
                boolean stopped = kills >= wanted;
                boolean aimed = kills % 2 == 0;
                int operation = stopped || !aimed ? -1 : random.nextInt(OPERATIONS);
                Process process = start(killed, operation, arguments);
                BufferedReader out = process.inputReader();
                assertEquals(KilledRun.BEGUN, out.readLine());
                if (stopped || aimed) {
                    done = KilledRun.DONE.equals(out.readLine());
                } else {
                    // Unaimed: any time from the first look at the directory to the end of the run.
                    done = process.waitFor(random.nextInt(1000), TimeUnit.MILLISECONDS);
                }
                if (!done) {
                    process.destroyForcibly();
                    kills++;
                    inSaves += aimed ? 1 : 0;
                }
                int code = process.waitFor();
                assertEquals(done ? 0 : 137, code, "kill " + kills);
            }
            assertSame(whole, killed, kept);
        }
        String aims = "%d of %d kills were within saves by aim".formatted(inSaves, kills);
        if (kills > 100) {
            System.out.println(aims);
        }
        assertTrue(inSaves >= wanted / 3, aims);
    }

    private static void assertSame(Path whole, Path killed, String kept) throws IOException {
        for (String part : List.of("checkpoints/step-00000200", kept)) {
            Map<String, String> expected = files(whole.resolve(part));
            assertTrue(expected.size() >= 3, expected.keySet().toString());
            Map<String, String> actual = files(killed.resolve(part));
            assertEquals(expected.keySet(), actual.keySet());
            expected.forEach(
                    (file, sum) -> assertEquals(sum, actual.get(file), part + ": " + file));
        }
        assertEquals(
                TinyRun.withoutSpeed(Files.readString(whole.resolve("metrics.jsonl"))),
                TinyRun.withoutSpeed(Files.readString(killed.resolve("metrics.jsonl"))));
        assertEquals(names(whole), names(killed));
    }

    /// Checksums of files, by name. The state of a checkpoint tells how long the logs are, in which
    /// times stand, and the manifest has the checksum of that.
    private static Map<String, String> files(Path directory) throws IOException {
        var files = new TreeMap<String, String>();
        for (String name : TinyRun.contents(directory).keySet()) {
            if (!name.equals("trainer.json") && !name.equals(Manifest.FILE)) {
                files.put(name, Sha256.of(directory.resolve(name)).hex());
            }
        }
        return files;
    }

    private static List<String> names(Path run) throws IOException {
        return new ArrayList<>(TinyRun.contents(run).keySet());
    }

    private Process start(Path directory, int operation, List<String> arguments)
            throws IOException {
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
        command.addAll(arguments);
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
