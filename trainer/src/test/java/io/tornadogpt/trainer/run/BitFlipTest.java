package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.model.AdaptedModel;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.TokenFile;
import io.tornadogpt.trainer.data.TrainingData;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/// One bit of what was saved is not what it was.
class BitFlipTest {
    private static final int FLIPS = 500; // of each kind of directory

    @TempDir Path folder;

    @Test
    void anyFlippedBitOfACheckpointIsDetected() throws IOException {
        RunDirectory run =
                TinyRun.trainer(folder.resolve("run"), TinyRun.config()).run().directory();
        Path checkpoint = run.checkpoint(4);
        Checkpoint.open(checkpoint);
        flip(checkpoint, () -> Checkpoint.open(checkpoint));
        Checkpoint.open(checkpoint);
    }

    @Test
    void anyFlippedBitOfTheBestModelIsDetected() throws IOException {
        RunDirectory run =
                TinyRun.trainer(folder.resolve("run"), TinyRun.config()).run().directory();
        assertEquals(run.best(), run.model());
        flip(run.best(), () -> StoredModel.open(run.model()));
        StoredModel.open(run.model());
    }

    @Test
    void anyFlippedBitOfAnAdapterAndItsCheckpointIsDetected() throws IOException {
        RunDirectory base =
                TinyRun.trainer(folder.resolve("base"), TinyRun.config()).run().directory();
        RunDirectory run =
                TinyRun.adapterTrainer(folder.resolve("run"), TinyRun.config(), base.model())
                        .run()
                        .directory();
        assertEquals(run.adapter(), run.model());
        StoredModel model = StoredModel.open(base.model());
        flip(run.adapter(), () -> AdaptedModel.open(model, run.model()));
        AdaptedModel.open(model, run.model());
        Path checkpoint = run.checkpoint(4);
        flip(checkpoint, () -> Checkpoint.open(checkpoint));
        Checkpoint.open(checkpoint);
    }

    @Test
    void anyFlippedBitOfPreparedTokensIsDetected() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), TinyRun.TEXT);
        Path data = folder.resolve("data");
        new DataChoice(text, null).prepare(data, true, new DataChoice.Progress() {}).close();
        flip(data, () -> TrainingData.prepared(data).close());
        TrainingData.prepared(data).close();
    }

    /// Without the rest of the folder, whose manifest tells of the side file too.
    @Test
    void anyFlippedBitOfATokenFileOrItsSideFileIsDetected() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), TinyRun.TEXT);
        Path data = folder.resolve("data");
        new DataChoice(text, null).prepare(data, true, new DataChoice.Progress() {}).close();
        Path tokens = data.resolve("train.bin");
        List<Path> files = List.of(tokens, data.resolve("train.bin.json"));
        flip(files, () -> TokenFile.open(tokens).close());
        TokenFile.open(tokens).close();
    }

    /// Flips bits of all files of a directory, one at a time, and puts them back.
    private static void flip(Path directory, Executable opens) throws IOException {
        List<Path> files;
        try (Stream<Path> list = Files.list(directory)) {
            files = list.sorted().toList();
        }
        assertTrue(files.size() >= 3, files.toString());
        flip(files, opens);
    }

    private static void flip(List<Path> files, Executable opens) throws IOException {
        var random = new Random(4);
        Set<Path> touched = new HashSet<>();
        for (int i = 0; i < FLIPS; i++) {
            Path path = files.get(random.nextInt(files.size()));
            touched.add(path);
            int bit = random.nextInt(8);
            try (var file = new RandomAccessFile(path.toFile(), "rw")) {
                long at = random.nextLong(file.length());
                String where = "bit %d of byte %d of %s".formatted(bit, at, path);
                toggle(file, at, bit);
                assertThrows(BadFileException.class, opens, where);
                toggle(file, at, bit);
            }
        }
        assertEquals(files.size(), touched.size());
    }

    private static void toggle(RandomAccessFile file, long at, int bit) throws IOException {
        file.seek(at);
        int value = file.read();
        file.seek(at);
        file.write(value ^ (1 << bit));
    }
}
