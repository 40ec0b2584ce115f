package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.SafetensorsFile;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.StoredModel;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/// Models that go to other programs' formats and come from there.
class ForeignModelTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog.\n".repeat(40);

    @TempDir static Path folder;
    private static Path text;
    private static Path gpt2;
    private static Path neo;

    @BeforeAll
    static void train() throws IOException {
        text = Files.writeString(folder.resolve("text.txt"), TEXT);
        gpt2 = train("gpt2", "model.bias=true");
        neo = train("neo", "model.family=gpt_neo", "model.windows=0,5", "model.bias=true");
    }

    private static Path train(String name, String... settings) {
        Path run = folder.resolve(name);
        var arguments = new ArrayList<Object>(List.of("train", "--data", text));
        arguments.addAll(List.of("--preset", "tiny", "--tokenizer", "bpe:270", "--steps", "3"));
        arguments.addAll(List.of("--out", run));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        CommandRun.gpt(arguments.toArray()).requireSuccess();
        return run;
    }

    private float[] logits(Path model, Object... more) throws IOException {
        Path file = Files.createTempFile(folder, "logits", ".safetensors");
        var arguments = new ArrayList<Object>(List.of("logits", "--model", model));
        arguments.addAll(List.of("--ids", "1,2,3,200,5,6,7,8,9,10", "--out", file));
        arguments.addAll(List.of(more));
        CommandRun.gpt(arguments.toArray()).requireSuccess();
        try (var tensors = SafetensorsFile.open(file)) {
            assertEquals(List.of(10L, 270L), tensors.tensor("logits").shape());
            return tensors.floats("logits");
        }
    }

    private Path export(String to, Path model, String name, Object... more) {
        Path out = folder.resolve(name);
        var arguments = new ArrayList<Object>(List.of("export", "--to", to));
        arguments.addAll(List.of("--model", model, "--out", out));
        arguments.addAll(List.of(more));
        CommandRun.gpt(arguments.toArray()).requireSuccess();
        return out;
    }

    @Test
    void exportedModelsHaveTheSameLogits() throws IOException {
        float[] expected = logits(gpt2);
        assertArrayEquals(expected, logits(export("hf", gpt2, "hf")));
        Path checkpoint = export("llmc", gpt2, "gpt2.bin");
        assertArrayEquals(expected, logits(checkpoint));
        assertArrayEquals(expected, logits(export("hf", checkpoint, "back")));
        assertArrayEquals(logits(neo), logits(export("hf", neo, "neo-hf")));
    }

    @Test
    void halfPrecisionIsCloseAndHalfAsLarge() throws IOException {
        Path half = export("hf", gpt2, "bf16", "--dtype", "bf16");
        try (var tensors = SafetensorsFile.open(half.resolve("model.safetensors"))) {
            assertEquals(StorageType.BF16, tensors.tensors().getFirst().type());
        }
        assertArrayEquals(logits(gpt2), logits(half), 0.02f);
    }

    @Test
    void referenceWritesLogitsInDoublePrecision() throws IOException {
        Path file = folder.resolve("exact.safetensors");
        CommandRun.gpt(
                        "logits",
                        "--model",
                        neo,
                        "--ids",
                        "1,2,3",
                        "--device",
                        "reference",
                        "--dtype",
                        "f64",
                        "--out",
                        file)
                .requireSuccess();
        try (var tensors = SafetensorsFile.open(file)) {
            assertEquals(StorageType.F64, tensors.tensor("logits").type());
            double[] exact = tensors.doubles("logits");
            float[] rounded = tensors.floats("logits");
            assertNotEquals(exact[0], (double) rounded[0]);
        }
    }

    @Test
    void trainingGoesOnWithTheTokenizerOfTheModel() throws IOException {
        Path model = export("hf", neo, "start");
        // As GPT-Neo is published: without tokenizer.json.
        Files.delete(model.resolve("tokenizer.json"));
        Path run = folder.resolve("continued");
        CommandRun training =
                CommandRun.gpt(
                        "train",
                        "--init-from",
                        model,
                        "--data",
                        text,
                        "--out",
                        run,
                        "--steps",
                        "2",
                        "--set",
                        "train.batchSize=2",
                        "--set",
                        "train.sampleInterval=0");
        assertTrue(training.requireSuccess().out().contains("BPE, 270 tokens"), training.out());
        assertEquals(
                StoredModel.open(model).config(), StoredModel.open(run.resolve("best")).config());
        Path tokenizer = run.resolve("best/tokenizer.json");
        assertTrue(Files.exists(tokenizer));
        CommandRun sampling =
                CommandRun.gpt(
                        "sample", "--model", model, "--prompt", "the", "--max-new-tokens", "40");
        assertTrue(sampling.requireSuccess().out().startsWith("the"), sampling.out());
    }

    @Test
    void modelToStartFromKeepsItsShape() {
        CommandRun refused =
                CommandRun.gpt(
                        "train",
                        "--init-from",
                        gpt2,
                        "--data",
                        text,
                        "--out",
                        folder.resolve("no"),
                        "--set",
                        "model.nHead=4");
        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains("model.nHead is 4, but"), refused.err());
    }

    @Test
    void tokenizerWithMoreTokensThanTheModelIsRefused() throws IOException {
        Path model = export("hf", gpt2, "mixed");
        Path larger = folder.resolve("larger");
        CommandRun.gpt(
                        "tokenizer",
                        "train",
                        "--data",
                        text,
                        "--tokenizer",
                        "bpe:275",
                        "--out",
                        larger)
                .requireSuccess();
        Files.copy(
                larger.resolve("tokenizer.json"),
                model.resolve("tokenizer.json"),
                StandardCopyOption.REPLACE_EXISTING);
        CommandRun refused = CommandRun.gpt("sample", "--model", model);
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("the tokenizer has 275 tokens"), refused.err());
    }

    @Test
    void whatCannotBeExportedOrComputedIsRefusedInOneSentence() {
        requireRefusal(
                "llm.c's GPT-2",
                "export",
                "--to",
                "llmc",
                "--model",
                neo,
                "--out",
                folder.resolve("x"));
        requireRefusal("exists already", "export", "--to", "hf", "--model", gpt2, "--out", folder);
        requireRefusal(
                "F32 or BF16",
                "export",
                "--to",
                "llmc",
                "--dtype",
                "f16",
                "--model",
                gpt2,
                "--out",
                folder.resolve("x"));
        requireRefusal("--ids has 270", "logits", "--model", gpt2, "--ids", "270", "--out", "x");
        requireRefusal(
                "--ids has 33 tokens, but the model's block has 32",
                "logits",
                "--model",
                gpt2,
                "--ids",
                "1" + ",1".repeat(32),
                "--out",
                "x");
        assertTrue(Files.notExists(folder.resolve("x")));
    }

    private static void requireRefusal(String sentence, Object... arguments) {
        CommandRun refused = CommandRun.gpt(arguments);
        assertEquals(2, refused.exitCode(), refused.err());
        assertTrue(refused.err().contains(sentence), refused.err());
        assertEquals(1, refused.err().lines().count(), refused.err());
    }
}
