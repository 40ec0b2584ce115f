package io.tornadogpt.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.trainer.data.TokenFile;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Any bytes under the name of a file that the project reads: they are read, or refused in a
/// sentence.
class FormatFuzzTest {
    private interface Reader {
        void read(Path file) throws IOException;
    }

    private static void read(String name, byte[] bytes, Reader reader) throws IOException {
        Path folder = Files.createTempDirectory("fuzz");
        Path file = folder.resolve(name);
        try {
            Files.write(file, bytes);
            reader.read(file);
        } catch (BadFileException | TokenizerFormatException | IllegalArgumentException e) {
            if (e.getMessage() == null || e.getMessage().lines().count() != 1) {
                throw new AssertionError("a refusal is one sentence", e);
            }
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    @FuzzTest(maxDuration = "60s")
    void safetensors(byte[] bytes) throws IOException {
        read("model.safetensors", bytes, file -> TensorSource.open(file).close());
    }

    @FuzzTest(maxDuration = "60s")
    void config(byte[] bytes) throws IOException {
        read("config.json", bytes, ModelConfig::read);
    }

    @FuzzTest(maxDuration = "60s")
    void tokenizer(byte[] bytes) throws IOException {
        read("tokenizer.json", bytes, file -> Tokenizer.load(file.getParent()));
    }

    @FuzzTest(maxDuration = "60s")
    void tokens(byte[] bytes) throws IOException {
        read(
                "train.bin",
                bytes,
                file -> {
                    try (TokenFile tokens = TokenFile.open(file)) {
                        tokens.requireVocabulary(300);
                    }
                });
    }

    @FuzzTest(maxDuration = "60s")
    void metrics(byte[] bytes) throws IOException {
        read("metrics.jsonl", bytes, file -> StepLog.read(file, StepMetrics.class));
    }

    @FuzzTest(maxDuration = "60s")
    void manifest(byte[] bytes) throws IOException {
        read(Manifest.FILE, bytes, file -> Manifest.read(file.getParent()));
    }
}
