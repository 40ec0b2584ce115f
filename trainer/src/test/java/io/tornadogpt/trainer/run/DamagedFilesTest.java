package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.trainer.Mutation;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.TokenFile;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/// Files that were changed by accident or on purpose are read, or refused in a sentence; nothing
/// else ever happens. More mutations by `-Dgpt.test.mutations=100000`.
class DamagedFilesTest {
    private static final int MUTATIONS = Integer.getInteger("gpt.test.mutations", 400);

    @TempDir static Path folder;
    private static RunDirectory run;
    private static Path data;
    private static Path bpe;

    @BeforeAll
    static void write() throws IOException {
        run = TinyRun.trainer(folder.resolve("run"), TinyRun.config()).run().directory();
        Files.delete(run.checkpoint(4).resolve(Manifest.FILE));
        Files.delete(run.best().resolve(Manifest.FILE));
        Path text = Files.writeString(folder.resolve("text.txt"), TinyRun.TEXT);
        data = folder.resolve("data");
        new DataChoice(text, null).prepare(data, true, new DataChoice.Progress() {}).close();
        bpe = Files.createDirectories(folder.resolve("bpe"));
        new DataChoice(text, TokenizerChoice.parse("bpe:270"))
                .prepare(bpe, true, new DataChoice.Progress() {})
                .close();
        Files.delete(data.resolve(Manifest.FILE));
        Files.delete(bpe.resolve(Manifest.FILE));
    }

    private interface Reader {
        void read(Path directory) throws IOException;
    }

    private enum Format {
        SAFETENSORS("best/model.safetensors", d -> read(d.resolve("model.safetensors"))),
        CONFIG("best/config.json", d -> ModelConfig.read(d.resolve("config.json"))),
        TOKENIZER("best/tokenizer.json", Tokenizer::load),
        TOKENIZER_CONFIG("best/tokenizer_config.json", Tokenizer::load),
        BPE("bpe/tokenizer.json", Tokenizer::load),
        MERGES("bpe/merges.txt", DamagedFilesTest::readOlderFiles),
        VOCABULARY("bpe/vocab.json", DamagedFilesTest::readOlderFiles),
        TOKENS("data/train.bin", d -> readTokens(d.resolve("train.bin"))),
        SIDE_FILE("data/train.bin.json", d -> readTokens(d.resolve("train.bin"))),
        CHECKPOINT("checkpoint/trainer.json", DamagedFilesTest::openCheckpoint),
        OPTIMIZER(
                "checkpoint/optimizer.safetensors", d -> read(d.resolve("optimizer.safetensors"))),
        MANIFEST("manifest/SHA256SUMS", Manifest::read),
        METRICS(
                "run/metrics.jsonl",
                d -> StepLog.read(d.resolve("metrics.jsonl"), StepMetrics.class)),
        STARTS("run/starts.jsonl", d -> StepLog.read(d.resolve("starts.jsonl"), RunStart.class)),
        ORIGIN("run/settings.json", d -> new RunDirectory(d).readSettings());

        private final String file;
        private final Reader reader;

        Format(String file, Reader reader) {
            this.file = file;
            this.reader = reader;
        }
    }

    /// With a manifest to which the damage is known, so that the rest is looked at.
    private static void openCheckpoint(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(Manifest.FILE));
        Manifest.of(directory).write(directory);
        Checkpoint.open(directory);
    }

    private static void read(Path file) throws IOException {
        try (TensorSource source = TensorSource.open(file)) {
            for (var tensor : source.tensors()) {
                source.bytes(tensor.name());
            }
        }
    }

    private static void readTokens(Path file) throws IOException {
        try (TokenFile tokens = TokenFile.open(file)) {
            tokens.requireVocabulary(300);
        }
    }

    private static void readOlderFiles(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve("tokenizer.json"));
        Tokenizer.load(directory);
    }

    private static Path source(String folderName) throws IOException {
        return switch (folderName) {
            case "best" -> run.best();
            case "bpe" -> bpe;
            case "data" -> data;
            case "checkpoint" -> run.checkpoint(4);
            case "manifest" -> run.checkpoint(2);
            default -> run.path();
        };
    }

    @ParameterizedTest
    @EnumSource
    void mutatedFileIsReadOrRefusedInASentence(Format format) throws IOException {
        String[] names = format.file.split("/");
        Path copy = Files.createDirectories(folder.resolve("mutated-" + format));
        copyFiles(source(names[0]), copy);
        Path file = copy.resolve(names[1]);
        byte[] whole = Files.readAllBytes(source(names[0]).resolve(names[1]));
        format.reader.read(copy);
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutated = Mutation.of(whole, new Random(i));
            Files.write(file, mutated);
            String where = "%s, mutation %d".formatted(format, i);
            refused +=
                    assertTimeoutPreemptively(
                            Duration.ofSeconds(20), () -> refused(format, copy, where));
        }
        assertTrue(refused > MUTATIONS / 20, refused + " of " + MUTATIONS + " were refused");
    }

    private static int refused(Format format, Path directory, String where) {
        try {
            format.reader.read(directory);
            return 0;
        } catch (BadFileException | TokenizerFormatException | IllegalArgumentException e) {
            String message = e.getMessage();
            assertTrue(message != null && !message.isBlank(), where);
            assertTrue(message.lines().count() == 1, where + ": " + message);
            return 1;
        } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return fail(where, e);
        }
    }

    private static void copyFiles(Path from, Path to) throws IOException {
        try (var files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
    }
}
