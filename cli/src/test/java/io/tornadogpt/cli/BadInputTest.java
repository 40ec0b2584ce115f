package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Bad input gets one sentence that names what is wrong, and loses nothing.
class BadInputTest {
    @TempDir static Path folder;
    private static Path run;

    @BeforeAll
    static void prepare() throws IOException {
        write("good.txt", "abcdefgh ".repeat(100).getBytes(UTF_8));
        write("empty.txt", new byte[0]);
        write("one.txt", "a".getBytes(UTF_8));
        write("short.txt", "hello world".getBytes(UTF_8));
        write("binary.txt", new byte[] {'a', 'b', 0, 'c'});
        write("invalid.txt", new byte[] {'a', 'b', (byte) 0xff, 'c'});
        write("one.bin", new byte[] {1, 0});
        write("odd.bin", new byte[] {1, 0, 2});
        write("beyond.bin", new byte[] {1, 0, 2, 0, 1, 3, 1, 0, 2, 0, 1, 0, 1, 0, 1, 0});
        Files.createDirectories(folder.resolve("full"));
        write("full/mine.txt", "mine".getBytes(UTF_8));
        run = folder.resolve("run");
        CommandRun.gpt(
                        "train",
                        "--data",
                        folder.resolve("good.txt"),
                        "--preset",
                        "tiny",
                        "--steps",
                        1,
                        "--out",
                        run)
                .requireSuccess();
    }

    private static void write(String name, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name), bytes);
    }

    /// One sentence on standard error, no stack trace, the exit code.
    private static void refused(CommandRun result, int exitCode, String expected) {
        assertEquals(exitCode, result.exitCode(), result.err());
        assertTrue(result.err().contains(expected), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
        assertFalse(result.err().contains("Exception"), result.err());
    }

    @ParameterizedTest
    @CsvSource({
        "nowhere.txt, 1, does not exist",
        "empty.txt, 1, is empty",
        "one.txt, 1, 1 character(s)",
        "short.txt, 2, block of 32",
        "binary.txt, 1, zero byte at offset 2",
        "invalid.txt, 1, byte 0xFF at offset 2",
        "one.bin, 1, 1 token(s)",
        "odd.bin, 1, 3 bytes"
    })
    void dataThatCannotBeTrainedOnIsRefusedAndLeavesNoDirectory(
            String name, int exitCode, String expected) {
        Path out = folder.resolve("never");
        var result =
                CommandRun.gpt(
                        "train", "--data", folder.resolve(name), "--preset", "tiny", "--out", out);
        refused(result, exitCode, expected);
        assertTrue(result.err().contains(name), result.err());
        assertFalse(Files.exists(out));
    }

    @ParameterizedTest
    @CsvSource({
        "train --preset nope, there is no preset 'nope'",
        "train --set train.stpes=4, did you mean train.steps?",
        "train --set train.steps=x, expected a whole number",
        "train --set train.learningRate=-1, expected more than 0",
        "train --set model.dropout=1.5, model.dropout is 1.5",
        "train --set model.nEmbd=30, which 4 heads do not divide",
        "train --steps 0, train.steps is 0",
        "train --steps abc, 'abc' is not an int",
        "train --device gpu, no device is named 'gpu'",
        "train --order foo, neither random nor sequential",
        "train --tokenizer nope --data good.txt, neither char nor bpe:N",
        "train --tokenizer unigram:x, 'the tokenizer unigram:N needs a number of tokens'",
        "train --tokenizer wordpiece:3, 'expected wordpiece:6, five special tokens and one more'",
        "train --stpes 3, did you mean --steps?",
        "trian, did you mean train?",
        "train --resume nowhere, holds no run",
        "sample, 'no model is named and there is no run in'",
        "data, 'prepare, info, curate, look or compare'",
        "info --preset nope, there is no preset",
        "info --threads -1, --threads is -1; expected 0 (one for each processor) to 1024",
        "info --set train.batchSize=2000000000, expected at most 16777215 with train.blockSize 128",
        "train --tokenizer bpe:100, 'tokenizer bpe:100 is out of range; expected bpe:256'",
        "train --tokenizer bpe:99999999999, tokenizer bpe:99999999999 is out of range",
        "train --tokenizer bpe:x, 'the tokenizer bpe:N needs a number of tokens, as in bpe:1024'",
        "data prepare --data none --out never --tokenizer bpe:100, tokenizer bpe:100 is out",
        "tokenizer train --data none --out never --tokenizer bpe:-5, tokenizer bpe:-5 is out"
    })
    void usageThatMakesNoSenseIsRefused(String words, String expected) {
        refused(CommandRun.gpt((Object[]) words.split(" ")), 2, expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sample --model _",
                "eval --model none --data _",
                "data prepare --data _ --out never",
                "data prepare --data none --out _",
                "data info _",
                "tokenizer train --data _ --out never",
                "export --to hf --model none --out _",
                "info --config _",
                "train --data _",
                "train --resume _",
                "report _"
            })
    void emptyPathIsNotTakenForTheFolderAround(String words) {
        Object[] arguments =
                Stream.of(words.split(" ")).map(word -> word.equals("_") ? "" : word).toArray();
        refused(CommandRun.gpt(arguments), 2, "it is empty; give a path");
    }

    @Test
    void outputThatCannotBeWrittenIsRefusedBeforeTheWork() {
        Path good = folder.resolve("good.txt");
        Path below = good.resolve("never");
        String sentence = good + " is a file where a folder has to be; give another path";
        for (CommandRun run :
                List.of(
                        CommandRun.gpt("tokenizer", "train", "--data", good, "--out", below),
                        CommandRun.gpt("data", "prepare", "--data", good, "--out", below),
                        CommandRun.gpt("export", "--to", "hf", "--model", run, "--out", below),
                        CommandRun.gpt("logits", "--model", run, "--ids", 1, "--out", below),
                        CommandRun.gpt("report", run, "--out", below))) {
            refused(run, 1, sentence);
            assertEquals("", run.out());
        }
        refused(
                CommandRun.gpt("logits", "--model", run, "--ids", 1, "--out", folder),
                2,
                folder + " is a folder; give a file as --out");
    }

    @Test
    void foldersAroundAnOutputAreMade() {
        Path good = folder.resolve("good.txt");
        Path data = folder.resolve("new/one/data");
        Path tokenizer = folder.resolve("new/two/tokenizer");
        CommandRun.gpt("data", "prepare", "--data", good, "--out", data).requireSuccess();
        CommandRun.gpt("tokenizer", "train", "--data", good, "--out", tokenizer).requireSuccess();
        assertTrue(Files.exists(data.resolve("train.bin")));
        assertTrue(Files.exists(tokenizer.resolve("tokenizer.json")));
    }

    @Test
    void folderInPlaceOfAFileIsNamed() {
        refused(
                sample("--prompt-file", folder.toString()),
                2,
                folder + " is a folder; give a file with text");
        refused(
                CommandRun.gpt("info", "--config", folder),
                1,
                folder + ": the configuration is a folder; name a JSON file in it");
    }

    @Test
    void preparedTokensAreNotTakenForText() {
        Path data = run.resolve("data");
        refused(
                CommandRun.gpt("eval", "--model", run, "--data", data),
                2,
                "name one of its files, such as " + data.resolve("val.bin"));
        Path out = folder.resolve("never");
        for (String command : List.of("data prepare", "tokenizer train")) {
            String[] words = command.split(" ");
            refused(
                    CommandRun.gpt(words[0], words[1], "--data", data, "--out", out),
                    2,
                    data + " holds tokens, not text");
        }
        assertFalse(Files.exists(out));
    }

    @Test
    void textThatTheModelCannotReadIsNamed() {
        Path text = folder.resolve("short.txt");
        refused(
                CommandRun.gpt("eval", "--model", run, "--data", text),
                2,
                text + ": character U+006C 'l'");
    }

    @Test
    void foreignDirectoryOrOtherRunIsNotWrittenTo() throws IOException {
        refused(
                train("--out", folder.resolve("full")),
                2,
                "holds 'mine.txt'; name another directory (--out DIR)");
        refused(train("--out", run), 2, "(--out DIR, or --resume " + run);
        refused(train("--out", folder.resolve("good.txt")), 2, "is a file");
        assertEquals("mine", Files.readString(folder.resolve("full/mine.txt")));
    }

    private static CommandRun train(String option, Path out) {
        return CommandRun.gpt(
                "train", "--data", folder.resolve("good.txt"), "--preset", "tiny", option, out);
    }

    @Test
    void tokenBeyondTheVocabularyIsNamed() {
        refused(
                CommandRun.gpt(
                        "train",
                        "--data",
                        folder.resolve("beyond.bin"),
                        "--preset",
                        "tiny",
                        "--set",
                        "model.vocabSize=100",
                        "--set",
                        "model.blockSize=2",
                        "--out",
                        folder.resolve("never")),
                1,
                "token 769 at position 2 is beyond the vocabulary of 100");
    }

    @Test
    void runIsNotResumedAsAnother() {
        refused(CommandRun.gpt("train", "--resume", run, "--seed", 4), 2, "--seed '1337', not '4'");
        refused(
                CommandRun.gpt("train", "--resume", run, "--set", "model.nLayer=3"),
                2,
                "model.nLayer 2, not 3");
    }

    /// The launcher makes some devices ready only where the command line names them.
    @Test
    void runOfADeviceThatIsNotReadySaysHowToGoOn() throws IOException {
        Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
        for (String file : List.of("run.json", "settings.json")) {
            String text = Files.readString(run.resolve(file));
            Files.writeString(
                    elsewhere.resolve(file), text.replace("\"cpu\"", "\"tornado:opencl:1\""));
        }
        refused(
                CommandRun.gpt("train", "--resume", elsewhere),
                2,
                elsewhere
                        + " was trained on 'tornado:opencl:1', which is loaded only if"
                        + " --device names it; add --device tornado:opencl:1 to resume it there,"
                        + " or --device cpu to resume it here");
        refused(
                CommandRun.gpt("train", "--resume", elsewhere, "--device", "tornado"),
                2,
                "no device is named 'tornado' here: the module tornado.api that Java was"
                        + " started with is the emulator's");
    }

    @Test
    void runThatCannotFitIsRefusedBeforeAnythingIsAllocated() {
        var result =
                CommandRun.gpt(
                        "train",
                        "--data",
                        folder.resolve("good.txt"),
                        "--preset",
                        "gpt2",
                        "--set",
                        "train.batchSize=16384",
                        "--set",
                        "train.blockSize=512",
                        "--out",
                        folder.resolve("never"));
        refused(result, 2, "reduce train.batchSize");
    }

    @Test
    void reportOfNoRunOrInPlaceOfAnotherFileIsRefused() {
        refused(CommandRun.gpt("report", folder.resolve("full")), 2, "holds no training run");
        refused(CommandRun.gpt("report"), 2, "DIR");
        Path text = folder.resolve("good.txt");
        refused(CommandRun.gpt("report", run, "--out", text), 2, "is no training report");
    }

    @Test
    void promptThatTheModelCannotReadIsRefused() {
        refused(sample("--prompt", "ab\u00e9"), 2, "U+00E9");
        refused(sample("--prompt", "abc".repeat(20)), 2, "the prompt has 60 tokens");
        assertEquals(0, sample("--crop-prompt", "--prompt", "abc".repeat(20)).exitCode());
        refused(
                sample("--prompt-file", folder.resolve("invalid.txt").toString()),
                2,
                "invalid.txt is not UTF-8: byte 0xFF at offset 2");
        refused(sample("--temperature", "-1"), 2, "temperature is -1.0");
        refused(sample("--top-p", "3"), 2, "top-p is 3.0");
    }

    private static CommandRun sample(String... more) {
        var arguments = new Object[more.length + 5];
        System.arraycopy(
                new Object[] {"sample", "--model", run, "--max-new-tokens", 5}, 0, arguments, 0, 5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        return CommandRun.gpt(arguments);
    }

    /// The end of a training that diverged without anybody looking.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--temperature 0",
                "--temperature 1 --top-k 0",
                "--top-p 0.9",
                "--min-p 0.1",
                "--repetition-penalty 1.5",
                "--num-samples 3",
                "--device reference",
                "--json"
            })
    @Timeout(60)
    void modelWhoseLogitsAreNoNumbersWritesNothing(String options, @TempDir Path model)
            throws IOException {
        copyWithNaN(model);
        var arguments = new ArrayList<Object>(List.of("sample", "--model", model));
        arguments.addAll(List.of("--prompt", "abc"));
        if (!options.isEmpty()) {
            arguments.addAll(List.of(options.split(" ")));
        }
        CommandRun result = CommandRun.gpt(arguments.toArray());
        refused(result, 1, "the model gave token 0 the logit NaN");
        assertTrue(result.err().contains("use another checkpoint"), result.err());
        assertEquals(options.equals("--json") ? "" : "abc", result.out().strip());
    }

    @Test
    @Timeout(60)
    void modelWhoseLogitsAreNoNumbersEndsAConversationAndIsNotMeasured(@TempDir Path model)
            throws IOException {
        copyWithNaN(model);
        refused(
                CommandRun.gptReading(
                        "abc\nabc\n".getBytes(UTF_8), "sample", "--model", model, "--interactive"),
                1,
                "the model gave token 0 the logit NaN");
        CommandRun result =
                CommandRun.gpt("eval", "--model", model, "--data", folder.resolve("good.txt"));
        refused(result, 1, model + ": the model has a loss of NaN on this text");
        assertEquals("", result.out());
    }

    /// The model with a NaN for every number of its position embeddings.
    private static void copyWithNaN(Path model) throws IOException {
        for (String name : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(run.resolve("best").resolve(name), model.resolve(name));
        }
        Path file = model.resolve("model.safetensors");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        JsonNode place =
                new ObjectMapper()
                        .readTree(bytes.array(), Long.BYTES, header)
                        .get("transformer.wpe.weight")
                        .get("data_offsets");
        int data = Long.BYTES + header;
        for (int at = place.get(0).asInt(); at < place.get(1).asInt(); at += Float.BYTES) {
            bytes.putFloat(data + at, Float.NaN);
        }
        Files.write(file, bytes.array());
    }

    @Test
    void damagedModelIsNamed(@TempDir Path damaged) throws IOException {
        for (String name : new String[] {"config.json", "model.safetensors", "tokenizer.json"}) {
            Files.copy(run.resolve("best").resolve(name), damaged.resolve(name));
        }
        Path weights = damaged.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(whole, whole.length - 100));
        var result = CommandRun.gpt("sample", "--model", damaged);
        refused(result, 1, "model.safetensors");
    }
}
