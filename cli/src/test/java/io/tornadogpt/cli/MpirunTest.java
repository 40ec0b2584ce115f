package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The command in processes that Open MPI's mpirun starts. They are skipped where there is none.
@Timeout(1200)
class MpirunTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog.\n".repeat(60);

    /// Lines that are no message of this program.
    private static final String OWN = "gpt: ";

    /// Models and rows that tests of fine-tuning have.
    private static final Path GOLDEN =
            Path.of("../finetune/src/test/resources/io/tornadogpt/finetune/golden")
                    .toAbsolutePath()
                    .normalize();

    private static final int KILLS = Integer.getInteger("gpt.test.kills", 0);
    private static final int MOST_KILLS = 50;
    private static final int SEED = Integer.getInteger("gpt.test.kills.seed", 20);

    @TempDir Path folder;
    private Path text;

    /// How mpirun ended.
    private record Ended(int exitCode, String out, String err) {
        List<String> sentences() {
            return err.lines().filter(line -> line.startsWith(OWN)).toList();
        }
    }

    @BeforeEach
    void requireMpirun() throws IOException {
        text = Files.writeString(folder.resolve("text.txt"), TEXT);
        boolean found =
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(path -> Files.isExecutable(Path.of(path, "mpirun")));
        if (!found) {
            System.out.println("tests of several processes are skipped: there is no mpirun");
        }
        assumeTrue(found, "there is no mpirun");
    }

    /// Java with all that this test stands on, whether it is on the class path or the module path.
    private List<String> java() throws IOException {
        // Modules on the class path say nothing of the services that they provide.
        Path services = Files.createDirectories(folder.resolve("services/META-INF/services"));
        Files.writeString(
                services.resolve("io.tornadogpt.core.backend.Backend"),
                "io.tornadogpt.cpu.CpuBackend\n");
        String classPath =
                String.join(
                        File.pathSeparator,
                        folder.resolve("services").toString(),
                        System.getProperty("java.class.path"),
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("surefire.test.class.path", ""),
                        Path.of("target", "classes").toAbsolutePath().toString());
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                Gpt.class.getName());
    }

    private static List<String> training(Path data, Path out, Object... more) {
        var arguments =
                new ArrayList<String>(
                        List.of("train", "--preset", "tiny", "--data", data.toString(), "--out"));
        arguments.add(out.toString());
        for (String setting :
                List.of(
                        "model.nLayer=1",
                        "model.nEmbd=16",
                        "model.dropout=0.1",
                        "model.blockSize=8",
                        "train.blockSize=8",
                        "train.batchSize=1",
                        "train.schedule=constant",
                        "train.evalInterval=4",
                        "train.evalBatches=3",
                        "train.sampleInterval=0",
                        "train.checkpointInterval=4")) {
            arguments.addAll(List.of("--set", setting));
        }
        for (Object one : more) {
            arguments.add(one.toString());
        }
        return arguments;
    }

    private Process start(List<String> command, Map<String, String> environment, Path output)
            throws IOException {
        var builder =
                new ProcessBuilder(command)
                        .redirectOutput(new File(output + ".out"))
                        .redirectError(new File(output + ".err"));
        builder.environment()
                .putAll(
                        Map.of(
                                "OMPI_ALLOW_RUN_AS_ROOT",
                                "1",
                                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                                "1"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static List<String> mpirun(int processes) {
        return List.of(
                "mpirun",
                "-n",
                Integer.toString(processes),
                "--bind-to",
                "none",
                "--oversubscribe");
    }

    private static Ended end(Process process, Path output) throws Exception {
        assertTrue(process.waitFor(1000, TimeUnit.SECONDS), "it hangs");
        return new Ended(
                process.exitValue(),
                Files.readString(Path.of(output + ".out")),
                Files.readString(Path.of(output + ".err")));
    }

    private Ended run(List<String> command, Map<String, String> environment) throws Exception {
        Path output = Files.createTempFile(folder, "printed", "");
        return end(start(command, environment, output), output);
    }

    private Ended run(int processes, List<String> arguments) throws Exception {
        var command = new ArrayList<>(mpirun(processes));
        command.addAll(java());
        command.addAll(arguments);
        return run(command, Map.of());
    }

    /// All files by name that have no times in them.
    private static Map<String, String> contents(Path run) throws IOException {
        var contents = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = run.relativize(file).toString();
                boolean same =
                        name.endsWith(".safetensors")
                                || name.endsWith(".bin")
                                || name.equals("settings.json")
                                || name.equals("metrics.jsonl");
                if (same) {
                    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                    contents.put(name, bytes.replaceAll("\"tokensPerSecond\":[^,}]+", ""));
                }
            }
        }
        return contents;
    }

    private Map<String, String> alone(int microBatches, int steps) throws IOException {
        return alone(text, microBatches, steps);
    }

    private Map<String, String> alone(Path data, int microBatches, int steps, String... more)
            throws IOException {
        Path out = folder.resolve("alone-%d-%d".formatted(microBatches, steps));
        List<String> arguments =
                training(
                        data,
                        out,
                        "--set",
                        "train.treeReduction=true",
                        "--set",
                        "train.gradAccumulation=" + microBatches,
                        "--steps",
                        steps,
                        "--threads",
                        1);
        arguments.addAll(List.of(more));
        CommandRun.gpt(arguments.toArray()).requireSuccess();
        return contents(out);
    }

    /// Data of several files, so that each process encodes some of them.
    private Path files() throws IOException {
        Path data = Files.createDirectories(folder.resolve("texts"));
        for (int i = 0; i < 8; i++) {
            Files.writeString(data.resolve(i + ".txt"), TEXT + i);
        }
        return data;
    }

    @Test
    void threeProcessesWriteWhatOneDoes() throws Exception {
        Path out = folder.resolve("three");
        Path data = files();
        String[] tokenizer = {"--tokenizer", "bpe:270"};
        List<String> arguments =
                training(
                        data,
                        out,
                        "--set",
                        "train.gradAccumulation=2",
                        "--steps",
                        8,
                        "--threads",
                        1);
        arguments.addAll(List.of(tokenizer));
        Ended ended = run(3, arguments);
        assertEquals(0, ended.exitCode, ended.out + ended.err);
        assertEquals(List.of(), ended.sentences());
        assertTrue(
                ended.out.contains("3, each with 2 of the 6 micro-batches of a step"), ended.out);
        assertEquals(1, ended.out.lines().filter(line -> line.startsWith("8/8")).count());
        Map<String, String> expected = alone(data, 6, 8, tokenizer);
        assertTrue(
                expected.keySet().containsAll(List.of("data/train.bin", "data/val.bin")),
                expected.keySet().toString());
        assertEquals(expected, contents(out));
    }

    /// A Llama with dropout and clipping learns answers of unequal lengths.
    @Test
    void fineTuningInThreeProcessesWritesWhatItDoesInOne() throws Exception {
        Path model = llama();
        Path out = folder.resolve("tuned-three");
        Ended ended = run(3, tuning(model, out, "train.gradAccumulation=2"));
        assertEquals(0, ended.exitCode, ended.out + ended.err);
        assertEquals(List.of(), ended.sentences());
        Path alone = folder.resolve("tuned-alone");
        CommandRun.gpt(
                        tuning(model, alone, "train.gradAccumulation=6", "train.treeReduction=true")
                                .toArray())
                .requireSuccess();
        Map<String, String> expected = contents(alone);
        assertTrue(expected.size() > 4, expected.keySet().toString());
        assertEquals(expected, contents(out));
    }

    /// As threads do in [FineTuningTogetherTest].
    @ParameterizedTest
    @EnabledIfSystemProperty(named = "gpt.test.minutes", matches = ".+")
    @CsvSource({
        "classify, labels.csv,         train.gradClip=0.4",
        "dpo,      preferences.jsonl,  dpo.beta=0.2",
        "grpo,     instructions.jsonl, grpo.beta=0.1"
    })
    void tasksInTwoProcessesWriteWhatTheyDoInOne(String task, String rows, String setting)
            throws Exception {
        Path model = llama();
        Path out = folder.resolve("task-two");
        Ended ended = run(2, task(task, rows, model, out, setting, "train.gradAccumulation=2"));
        assertEquals(0, ended.exitCode, ended.out + ended.err);
        assertEquals(List.of(), ended.sentences());
        Path alone = folder.resolve("task-alone");
        CommandRun.gpt(
                        task(
                                        task,
                                        rows,
                                        model,
                                        alone,
                                        setting,
                                        "train.gradAccumulation=4",
                                        "train.treeReduction=true")
                                .toArray())
                .requireSuccess();
        Map<String, String> expected = contents(alone);
        assertTrue(expected.size() > 4, expected.keySet().toString());
        assertEquals(expected, contents(out));
    }

    private static List<String> task(
            String task, String rows, Path model, Path out, String... settings) {
        List<String> arguments = tuning(model, out, settings);
        arguments.set(arguments.indexOf("sft"), task);
        int data = arguments.indexOf("--data") + 1;
        arguments.set(data, GOLDEN.resolve(rows).toString());
        if (task.equals("grpo")) {
            for (String own :
                    List.of(
                            "train.batchSize=2",
                            "grpo.groupSize=4",
                            "grpo.maxNewTokens=5",
                            "grpo.reward=regular_expression",
                            "grpo.pattern=(?s).*e.*")) {
                arguments.addAll(List.of("--set", own));
            }
        }
        return arguments;
    }

    /// A tiny Llama with dropout.
    private Path llama() throws IOException {
        Path golden = GOLDEN.resolve("llama");
        Path copy = Files.createDirectories(folder.resolve("llama"));
        try (Stream<Path> files = Files.list(golden)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        Path config = copy.resolve("config.json");
        String dropout = "\"attention_dropout\": 0.1";
        String with = Files.readString(config).replaceFirst("\"attention_dropout\": 0.0", dropout);
        assertTrue(with.contains(dropout), with);
        Files.writeString(config, with);
        return copy;
    }

    private static List<String> tuning(Path model, Path out, String... settings) {
        var arguments =
                new ArrayList<String>(
                        List.of(
                                "finetune",
                                "--task",
                                "sft",
                                "--init-from",
                                model.toString(),
                                "--data",
                                GOLDEN.resolve("instructions.jsonl").toString(),
                                "--out",
                                out.toString(),
                                "--steps",
                                "6",
                                "--threads",
                                "1"));
        var all =
                new ArrayList<String>(
                        List.of(
                                "train.batchSize=1",
                                "train.gradClip=0.5",
                                "train.evalInterval=3",
                                "train.checkpointInterval=3",
                                "data.validation=0.2"));
        all.addAll(List.of(settings));
        all.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return arguments;
    }

    /// A rank is killed behind the first checkpoint; another number of processes goes on.
    @Test
    void aKilledRunIsResumedByOneProcess() throws Exception {
        Path out = folder.resolve("killed");
        var command = new ArrayList<>(mpirun(2));
        command.addAll(java());
        command.addAll(training(text, out, "--steps", 1_000_000, "--threads", 1));
        Path output = folder.resolve("killed-printed");
        Process process = start(command, Map.of(), output);
        Path first = out.resolve("checkpoints/step-00000004");
        while (process.isAlive() && !Files.exists(first)) {
            Thread.sleep(20);
        }
        ranks(process).getLast().destroyForcibly();
        Ended ended = end(process, output);
        assertNotEquals(0, ended.exitCode);

        int steps = saved(out) + 4;
        CommandRun.gpt("train", "--resume", out, "--steps", steps, "--threads", 1).requireSuccess();
        assertEndsLikeOne(2, steps, out);
    }

    /// Of the newest checkpoint; 0 where there is none.
    private static int saved(Path run) throws IOException {
        if (Files.notExists(run.resolve("checkpoints"))) {
            return 0;
        }
        try (Stream<Path> checkpoints = Files.list(run.resolve("checkpoints"))) {
            return checkpoints
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("step-\\d+"))
                    .mapToInt(name -> Integer.parseInt(name.substring(5)))
                    .max()
                    .orElse(0);
        }
    }

    private void assertEndsLikeOne(int microBatches, int steps, Path run) throws IOException {
        String checkpoint = "checkpoints/step-%08d/".formatted(steps);
        Map<String, String> expected = alone(microBatches, steps);
        Map<String, String> actual = contents(run);
        for (String name :
                List.of(
                        checkpoint + "model.safetensors",
                        checkpoint + "optimizer.safetensors",
                        "metrics.jsonl")) {
            assertTrue(expected.containsKey(name), name);
            assertEquals(expected.get(name), actual.get(name), name);
        }
    }

    /// Any rank of any number of them is killed at any time, over and over; in the profile
    /// `safety`, or with `-Dgpt.test.kills=50`.
    @Test
    @EnabledIfSystemProperty(named = "gpt.test.kills", matches = "[1-9].*")
    void ranksThatAreKilledChangeNothing() throws Exception {
        var random = new Random(SEED);
        Path out = folder.resolve("killed-often");
        int wanted = Math.min(KILLS, MOST_KILLS);
        int kills = 0;
        while (kills < wanted) {
            int processes = List.of(2, 3).get(random.nextInt(2));
            int before = saved(out);
            Path output = folder.resolve("killed-" + kills);
            Process process = start(killed(processes, out, 1_000_000), Map.of(), output);
            // Some of them while they start, most of them while they train and save.
            int more = random.nextInt(8) == 0 ? 0 : random.nextInt(30);
            int millis = random.nextInt(more == 0 ? 2000 : 50);
            while (process.isAlive() && more > 0 && saved(out) < before + more) {
                Thread.sleep(5);
            }
            Thread.sleep(millis);
            List<ProcessHandle> ranks = ranks(process);
            if (ranks.isEmpty()) {
                process.destroyForcibly();
                process.waitFor();
            } else {
                ranks.get(random.nextInt(ranks.size())).destroyForcibly();
                kills++;
            }
            Ended ended = end(process, output);
            assertNotEquals(0, ended.exitCode, ended.out);
        }
        int steps = saved(out) + 4;
        Ended ended = run(killed(2, out, steps), Map.of());
        assertEquals(0, ended.exitCode, ended.out + ended.err);
        assertEndsLikeOne(6, steps, out);
    }

    private List<String> killed(int processes, Path out, int steps) throws IOException {
        var command = new ArrayList<>(mpirun(processes));
        command.addAll(java());
        if (saved(out) == 0) {
            deleteAll(out);
            command.addAll(
                    training(
                            text,
                            out,
                            "--steps",
                            steps,
                            "--threads",
                            1,
                            "--set",
                            "train.gradAccumulation=" + 6 / processes));
        } else {
            command.addAll(List.of("train", "--resume", out.toString(), "--steps", "" + steps));
            command.addAll(List.of("--threads", "1"));
        }
        return command;
    }

    private static void deleteAll(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(one);
                }
            }
        }
    }

    private static List<ProcessHandle> ranks(Process mpirun) {
        return mpirun.descendants()
                .filter(one -> one.info().command().orElse("").endsWith("java"))
                .toList();
    }

    /// In the profile `safety`: the limit must be longer than Java takes to start on a busy
    /// machine.
    @Test
    @EnabledIfSystemProperty(named = "gpt.test.minutes", matches = ".+")
    void aProcessThatHangsIsNamed() throws Exception {
        Path out = folder.resolve("hung");
        var command = new ArrayList<>(mpirun(2));
        command.addAll(java());
        command.addAll(training(text, out, "--steps", 1_000_000, "--threads", 1));
        Path output = folder.resolve("hung-printed");
        Process process = start(command, Map.of("GPT_MPI_TIMEOUT", "60"), output);
        while (process.isAlive() && !Files.exists(out.resolve("checkpoints/step-00000004"))) {
            Thread.sleep(20);
        }
        List<ProcessHandle> ranks = ranks(process);
        assertEquals(2, ranks.size());
        long stopped = ranks.getLast().pid();
        new ProcessBuilder("kill", "-STOP", Long.toString(stopped)).start().waitFor();
        Ended ended = end(process, output);
        assertNotEquals(0, ended.exitCode);
        assertEquals(1, ended.sentences().size(), ended.err);
        String sentence = ended.sentences().getFirst();
        assertTrue(sentence.contains("60 s"), sentence);
        assertTrue(sentence.contains("resume the run"), sentence);
    }

    /// A checkpoint of two processes with six micro-batches each goes on in one, three and four.
    @Test
    @EnabledIfSystemProperty(named = "gpt.test.minutes", matches = ".+")
    void aCheckpointOfTwoGoesOnInOneThreeAndFour() throws Exception {
        Map<String, String> expected = alone(12, 12);
        for (int processes : new int[] {1, 3, 4}) {
            Path out = folder.resolve("of-two-in-" + processes);
            Ended two =
                    run(
                            2,
                            training(
                                    text,
                                    out,
                                    "--steps",
                                    8,
                                    "--threads",
                                    1,
                                    "--set",
                                    "train.gradAccumulation=6"));
            assertEquals(0, two.exitCode, two.out + two.err);
            Ended ended =
                    run(
                            processes,
                            List.of(
                                    "train",
                                    "--resume",
                                    out.toString(),
                                    "--steps",
                                    "12",
                                    "--threads",
                                    "1"));
            assertEquals(0, ended.exitCode, ended.out + ended.err);
            Map<String, String> resumed = contents(out);
            expected.forEach(
                    (name, bytes) ->
                            assertEquals(bytes, resumed.get(name), processes + ": " + name));
        }
        Ended five = run(5, List.of("train", "--resume", folder.resolve("of-two-in-1").toString()));
        assertNotEquals(0, five.exitCode);
        assertEquals(
                List.of(
                        "gpt: a step has 12 micro-batches, which 5 processes cannot share equally;"
                                + " use a number of processes that divides 12"),
                five.sentences());
    }

    @Test
    void otherDataOnARankIsRefusedInOneSentence() throws Exception {
        Path other = Files.writeString(folder.resolve("other.txt"), TEXT + "more");
        Path out = folder.resolve("differs");
        var command = new ArrayList<>(mpirun(1));
        command.addAll(java());
        command.addAll(training(text, out, "--steps", 4));
        command.addAll(List.of(":", "-n", "1"));
        command.addAll(java());
        command.addAll(training(other, out, "--steps", 4));
        Ended ended = run(command, Map.of());
        assertNotEquals(0, ended.exitCode);
        assertEquals(
                List.of(
                        "gpt: process 1 of 2 is not to do what process 0 does: its data is %s, not %s; start all of them with the same program, settings and data"
                                .formatted(other, text)),
                ended.sentences());
        assertTrue(Files.notExists(out), "something was written");
    }

    @Test
    void aMissingLibraryIsNamed() throws Exception {
        var command = new ArrayList<>(java());
        command.addAll(training(text, folder.resolve("none")));
        Ended ended =
                run(
                        command,
                        Map.of(
                                "OMPI_COMM_WORLD_SIZE",
                                "2",
                                "OMPI_COMM_WORLD_RANK",
                                "0",
                                "GPT_MPI_LIBRARY",
                                "libnone.so"));
        assertEquals(2, ended.exitCode);
        assertEquals(1, ended.sentences().size(), ended.err);
        assertTrue(ended.err.contains("no MPI library was found (libnone.so)"), ended.err);
    }

    @Test
    void aProcessThatNeverStartsIsMissedInTime() throws Exception {
        var command = new ArrayList<>(mpirun(1));
        command.addAll(java());
        command.addAll(training(text, folder.resolve("none"), "--steps", 4));
        command.addAll(List.of(":", "-n", "1", "sleep", "1000"));
        Ended ended = run(command, Map.of("GPT_MPI_TIMEOUT", "2"));
        assertNotEquals(0, ended.exitCode);
        assertEquals(
                List.of(
                        "gpt: process 0 of 2 waited 2 s for the others to start; see which of them"
                                + " did, and why the others did not"),
                ended.sentences());
        assertTrue(Files.notExists(folder.resolve("none")), "something was written");
    }

    /// A library that knows of other processes than the launcher does.
    @Test
    void aLibraryOfAnotherLauncherIsRefused() throws Exception {
        var command = new ArrayList<>(java());
        command.addAll(training(text, folder.resolve("none")));
        Ended ended = run(command, Map.of("SLURM_STEP_NUM_TASKS", "2", "SLURM_PROCID", "0"));
        assertEquals(2, ended.exitCode, ended.err);
        assertEquals(1, ended.sentences().size(), ended.err);
        assertTrue(ended.err.contains("srun started 2 processes, but libmpi.so.40"), ended.err);
    }
}
