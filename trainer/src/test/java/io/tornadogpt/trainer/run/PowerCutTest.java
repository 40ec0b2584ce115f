package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.FaultyStorage.Operation;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/// The power fails after every operation on the disk, and what was not forced meets every fate.
class PowerCutTest {
    private static final int SEEDS = Integer.getInteger("gpt.test.powerCut.seeds", 2);
    private static final int RESUMED = Integer.getInteger("gpt.test.powerCut.resumed", 50);
    private static final TrainConfig ALL = TinyRun.config("steps=6", "keepCheckpoints=1");

    @TempDir Path folder;

    /// Makes a trainer that goes on in a directory, or begins there.
    private interface Kind {
        Trainer trainer(Path directory, TrainConfig config) throws IOException;
    }

    private Kind kind = TinyRun::trainer;

    /// That are compared, of a checkpoint.
    private List<String> files =
            List.of("model.safetensors", "optimizer.safetensors", "config.json");

    @Test
    void restartFindsTheLastCheckpointOrTheOneBeforeWholeWhereverThePowerFails()
            throws IOException {
        cutEverywhere();
    }

    /// Of the same saves, but other files.
    @Test
    void restartFindsAnAdapterWhole() throws IOException {
        Path base = folder.resolve("base");
        TinyRun.trainer(base, TinyRun.config()).run();
        kind = (run, config) -> TinyRun.adapterTrainer(run, config, base.resolve("best"));
        files =
                List.of(
                        "adapter_model.safetensors",
                        "adapter_state.safetensors",
                        "adapter_config.json",
                        "optimizer.safetensors");
        cutEverywhere();
    }

    /// Whose directories and logs were made just now, and whose names need not be on the disk yet.
    /// Nothing but checkpoints is saved, for a save of the best model forces names too.
    @Test
    void restartFindsTheFirstCheckpointOfANewRunWhole() throws IOException {
        TrainConfig config = ALL.with("evalInterval=0");
        Path whole = folder.resolve("whole");
        TinyRun.trainer(whole, config.with("keepCheckpoints=3")).run();
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path place = Files.createDirectory(folder.resolve("place"));
        var storage = new FaultyStorage();
        TinyRun.trainer(place.resolve("runs/run"), config, storage).run();
        List<Operation> operations = storage.operations();

        var seen = new HashSet<Sha256>();
        int found = 0;
        for (int cut = 0; cut <= operations.size(); cut++) {
            PowerCut disk = replay(empty, place, operations.subList(0, cut));
            int newest = durable(operations.subList(0, cut), 0);
            for (PowerCut.Fate fate : PowerCut.Fate.values()) {
                for (int seed = 0; seed < SEEDS; seed++) {
                    Map<String, byte[]> files = disk.cut(fate, new Random(seed));
                    Path run = write(files).resolve("runs/run");
                    boolean begun = new RunDirectory(run).lastCheckpoint().isPresent();
                    if (seen.add(fingerprint(files, newest)) && (begun || newest > 0)) {
                        String where =
                                "after operation %d of %d, %s, seed %d"
                                        .formatted(cut, operations.size(), fate, seed);
                        check(run, config, newest, whole, where, ++found % RESUMED == 0);
                    }
                }
            }
        }
        assertTrue(found > 50, found + " different disks with a checkpoint");
    }

    private void cutEverywhere() throws IOException {
        Path whole = folder.resolve("whole");
        kind.trainer(whole, ALL.with("keepCheckpoints=3")).run();
        Path before = folder.resolve("before");
        kind.trainer(before, ALL.with("steps=2")).run();
        Path run = folder.resolve("run");
        TinyRun.copy(before, run);
        var storage = new FaultyStorage();
        kind.trainer(run, ALL).storage(storage).resume().run();
        List<Operation> operations = storage.operations();
        assertTrue(operations.size() > 60, operations.size() + " operations");

        var seen = new HashSet<Sha256>();
        int newest = 0;
        for (int cut = 0; cut <= operations.size(); cut++) {
            PowerCut disk = replay(before, run, operations.subList(0, cut));
            newest = durable(operations.subList(0, cut), 2);
            for (PowerCut.Fate fate : PowerCut.Fate.values()) {
                for (int seed = 0; seed < SEEDS; seed++) {
                    Map<String, byte[]> found = disk.cut(fate, new Random(seed));
                    if (seen.add(fingerprint(found, newest))) {
                        String where =
                                "after operation %d of %d, %s, seed %d"
                                        .formatted(cut, operations.size(), fate, seed);
                        boolean resumes = seen.size() % RESUMED == 0;
                        check(write(found), ALL, newest, whole, where, resumes);
                    }
                }
            }
        }
        assertEquals(6, newest);
        assertTrue(seen.size() > 100, seen.size() + " different disks");
    }

    private PowerCut replay(Path before, Path run, List<Operation> operations) throws IOException {
        Path root = folder.resolve("root");
        if (Files.exists(root)) {
            TinyRun.delete(root);
        }
        TinyRun.copy(before, root);
        var disk = new PowerCut(root);
        for (Operation operation : operations) {
            disk.apply(moved(operation, run, root));
        }
        return disk;
    }

    private static Operation moved(Operation operation, Path from, Path to) {
        return switch (operation) {
            case Operation.Create(Path p) -> new Operation.Create(moved(p, from, to));
            case Operation.Append(Path p, long n) -> new Operation.Append(moved(p, from, to), n);
            case Operation.Write(Path p, long at, byte[] b) ->
                    new Operation.Write(moved(p, from, to), at, b);
            case Operation.Force(Path p) -> new Operation.Force(moved(p, from, to));
            case Operation.CreateDirectory(Path p) ->
                    new Operation.CreateDirectory(moved(p, from, to));
            case Operation.Rename(Path a, Path b) ->
                    new Operation.Rename(moved(a, from, to), moved(b, from, to));
            case Operation.Delete(Path p) -> new Operation.Delete(moved(p, from, to));
            case Operation.ForceDirectory(Path p) ->
                    new Operation.ForceDirectory(moved(p, from, to));
        };
    }

    private static Path moved(Path path, Path from, Path to) {
        return to.resolve(from.relativize(path).toString());
    }

    /// The step of the newest checkpoint whose name was forced to disk.
    ///
    /// @param before that of the one that was there
    private static int durable(List<Operation> operations, int before) {
        int step = before;
        Path named = null;
        for (Operation operation : operations) {
            if (operation instanceof Operation.Rename(Path from, Path to)
                    && from.getFileName().toString().endsWith(".ready")
                    && to.getFileName().toString().startsWith("step-")) {
                named = to;
            }
            if (named != null
                    && operation instanceof Operation.ForceDirectory(Path directory)
                    && directory.equals(named.getParent())) {
                step = Integer.parseInt(named.getFileName().toString().substring(5));
                named = null;
            }
        }
        return step;
    }

    private static Sha256 fingerprint(Map<String, byte[]> found, int newest) throws IOException {
        var all = new ByteArrayOutputStream();
        all.write(newest);
        for (Map.Entry<String, byte[]> entry : found.entrySet()) {
            all.write(entry.getKey().getBytes(StandardCharsets.UTF_8));
            all.write(0);
            if (entry.getValue() != null) {
                all.write(Sha256.of(entry.getValue()).hex().getBytes(StandardCharsets.US_ASCII));
            }
        }
        return Sha256.of(all.toByteArray());
    }

    private Path write(Map<String, byte[]> found) throws IOException {
        Path disk = folder.resolve("disk");
        if (Files.exists(disk)) {
            TinyRun.delete(disk);
        }
        PowerCut.write(found, disk);
        return disk;
    }

    private void check(
            Path disk, TrainConfig config, int newest, Path whole, String where, boolean resumes)
            throws IOException {
        var run = new RunDirectory(disk);
        run.recover(Storage.DISK);
        Path last = run.lastCheckpoint().orElseThrow(() -> new AssertionError("nothing " + where));
        Checkpoint checkpoint = Checkpoint.open(last);
        int step = checkpoint.state().step();
        assertTrue(step == newest || step == newest + 2, where + ": step " + step);
        Path expected = new RunDirectory(whole).checkpoint(step);
        for (String file : files) {
            assertEquals(Sha256.of(expected.resolve(file)), Sha256.of(last.resolve(file)), where);
        }
        assertWhole(run.model(), where);
        assertNoLeftovers(disk, where);
        if (resumes) {
            kind.trainer(disk, config).resume().run();
            assertSameEnd(whole, disk, where);
        } else {
            RunLogs.cutAfter(Storage.DISK, run, checkpoint.state());
            assertEquals(step, StepLog.read(run.metrics(), StepMetrics.class).size(), where);
        }
    }

    private static void assertWhole(Path model, String where) throws IOException {
        assertTrue(Manifest.isIn(model), where);
        Manifest.read(model).verify(model);
    }

    private static void assertNoLeftovers(Path run, String where) throws IOException {
        Set<String> hidden = new HashSet<>();
        try (Stream<Path> files = Files.walk(run)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("."))
                    .forEach(hidden::add);
        }
        assertEquals(Set.of(), hidden, where);
    }

    private void assertSameEnd(Path whole, Path run, String where) throws IOException {
        Path expected = new RunDirectory(whole).checkpoint(6);
        Path actual = new RunDirectory(run).checkpoint(6);
        for (String file : files) {
            assertEquals(Sha256.of(expected.resolve(file)), Sha256.of(actual.resolve(file)), where);
        }
        assertEquals(
                TinyRun.withoutSpeed(Files.readString(whole.resolve("metrics.jsonl"))),
                TinyRun.withoutSpeed(Files.readString(run.resolve("metrics.jsonl"))),
                where);
        assertFalse(Files.exists(run.resolve(".lock")));
    }
}
