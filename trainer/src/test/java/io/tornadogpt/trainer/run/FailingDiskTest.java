package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.trainer.run.FaultyStorage.Operation;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The disk fails, or fills up, at every operation of saves.
class FailingDiskTest {
    private static final int BLOCK = 4096;
    private static final TrainConfig ALL = TinyRun.config();

    @TempDir Path folder;
    private Path before;
    private Path whole;

    @BeforeEach
    void train() throws IOException {
        whole = folder.resolve("whole");
        TinyRun.trainer(whole, ALL).run();
        before = folder.resolve("before");
        TinyRun.trainer(before, ALL.with("steps=2")).run();
    }

    @Test
    void errorOfAnyOperationEndsTheRunAndTheCheckpointBeforeIsIntact() throws IOException {
        var counting = new FaultyStorage();
        Path run = fresh();
        TinyRun.trainer(run, ALL, counting).resume().run();
        List<Operation> operations = counting.operations();
        for (int i = 0; i < operations.size(); i++) {
            int number = i;
            failed(
                    () -> new FaultyStorage().failingAt(number),
                    "operation %d, %s".formatted(i, operations.get(i)),
                    "Input/output error");
        }
    }

    @Test
    void diskThatIsGoneForGoodLeavesTheCheckpointBefore() throws IOException {
        var counting = new FaultyStorage();
        TinyRun.trainer(fresh(), ALL, counting).resume().run();
        for (int i = 0; i < counting.operations().size(); i += 7) {
            Path run = fresh();
            var storage = new FaultyStorage().failingFrom(i);
            assertThrows(
                    IOException.class, () -> TinyRun.trainer(run, ALL, storage).resume().run());
            resumes(run, "from operation " + i);
        }
    }

    @Test
    void fullDiskAtAnyBlockOfASaveIsNamedAndNothingIsLost() throws IOException {
        var counting = new FaultyStorage();
        TinyRun.trainer(fresh(), ALL, counting).resume().run();
        long written =
                counting.operations().stream()
                        .mapToLong(o -> o instanceof Operation.Write w ? w.bytes().length : 0)
                        .sum();
        assertTrue(written > 5 * BLOCK, written + " bytes");
        for (long room = 0; room < written; room += BLOCK) {
            long left = room;
            for (boolean tells : new boolean[] {false, true}) {
                String where = "room for %d bytes, which the disk %s".formatted(room, tells);
                String message =
                        failed(
                                () -> new FaultyStorage().withRoom(left, tells),
                                where,
                                tells ? "" : "No space left on device");
                assertTrue(message.contains("could not be saved"), message);
                assertTrue(message.contains("it needs "), message);
                assertTrue(message.contains(" are free there"), message);
            }
        }
    }

    /// @return the message
    private String failed(Supplier<FaultyStorage> disk, String where, String reason)
            throws IOException {
        Path run = fresh();
        FaultyStorage storage = disk.get();
        var e =
                assertThrows(
                        IOException.class,
                        () -> TinyRun.trainer(run, ALL, storage).resume().run(),
                        where);
        String message = e.getMessage();
        assertTrue(message.contains(run.toString()), where + ": " + message);
        assertTrue(message.contains(reason), where + ": " + message);
        Checkpoint.open(new RunDirectory(run).checkpoint(2));
        Set<String> hidden = hidden(run);
        // A deletion that failed leaves what was to be deleted, and nothing else stays.
        hidden.removeIf(name -> name.endsWith(".discarded") || name.endsWith(".ready"));
        assertEquals(Set.of(), hidden, where + ": " + message);
        resumes(run, where);
        return message;
    }

    private void resumes(Path run, String where) throws IOException {
        TinyRun.trainer(run, ALL, Storage.DISK).resume().run();
        for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
            assertEquals(
                    Sha256.of(new RunDirectory(whole).checkpoint(4).resolve(file)),
                    Sha256.of(new RunDirectory(run).checkpoint(4).resolve(file)),
                    where);
        }
        assertEquals(Set.of(), hidden(run), where);
    }

    private Path fresh() throws IOException {
        Path run = folder.resolve("run");
        if (Files.exists(run)) {
            TinyRun.delete(run);
        }
        TinyRun.copy(before, run);
        return run;
    }

    private static Set<String> hidden(Path run) throws IOException {
        var hidden = new TreeSet<String>();
        try (Stream<Path> files = Files.walk(run)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("."))
                    .forEach(hidden::add);
        }
        return hidden;
    }
}
