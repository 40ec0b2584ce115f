package io.tornadogpt.trainer.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/// How much heap a run takes does not depend on how much it reads.
class LargeCorpusTest {
    /// 2 GB by `-Dgpt.test.corpusBytes=2000000000`.
    private static final long LARGE = Long.getLong("gpt.test.corpusBytes", 200_000_000);

    @TempDir Path folder;

    @Test
    void heapThatIsAllocatedIsTheSameForEveryCorpus() throws IOException {
        train("warm", 1 << 16);
        long small = train("small", 1 << 16);
        long large = train("large", LARGE);
        assertTrue(
                large < small + (4 << 20),
                "%d bytes on a small corpus, %d on a large one".formatted(small, large));
    }

    /// @return bytes allocated on the heap from opening the file to the end of the run
    private long train(String name, long bytes) throws IOException {
        Path tokens = folder.resolve(name + ".bin");
        try (var file = new RandomAccessFile(tokens.toFile(), "rw")) {
            file.setLength(bytes); // of zeros, which take no room on the disk
        }
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        var config =
                TrainConfig.defaults()
                        .with(
                                "batchSize=1",
                                "blockSize=8",
                                "steps=6",
                                "evalInterval=3",
                                "evalBatches=2",
                                "checkpointInterval=3",
                                "sampleInterval=0");
        var model = new GptConfig(1, 1, 8, 8, 5, true, 0);
        try (TrainingData data = TrainingData.ofTokens(tokens, true)) {
            assertEquals(
                    6,
                    new Trainer(model, config, data, folder.resolve(name))
                            .threads(1)
                            .run()
                            .steps());
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
