package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Fine-tunes a tiny model for each task, and does with it what can be done.
class FinetuneCommandTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog.\n".repeat(60);

    @TempDir static Path folder;
    private static Path model;

    @BeforeAll
    static void train() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), TEXT);
        model = folder.resolve("model");
        CommandRun.gpt(
                        "train",
                        "--data",
                        text,
                        "--preset",
                        "tiny",
                        "--tokenizer",
                        "bpe:280",
                        "--out",
                        model,
                        "--steps",
                        "30",
                        "--set",
                        "model.blockSize=96",
                        "--set",
                        "train.sampleInterval=0")
                .requireSuccess();
        rows(
                "sft.jsonl",
                "{\"prompt\": \"the quick\", \"completion\": \" brown fox\"}\n".repeat(12));
        rows(
                "dpo.jsonl",
                "{\"prompt\": \"the\", \"chosen\": \" fox\", \"rejected\": \" dog\"}\n".repeat(12));
        rows("classify.csv", "label,text\n" + "fox,the quick fox\ndog,the lazy dog\n".repeat(6));
    }

    private static void rows(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }

    private static CommandRun finetune(String task, String rows, Path out, Object... more) {
        var arguments =
                new ArrayList<Object>(
                        List.of(
                                "finetune",
                                "--task",
                                task,
                                "--init-from",
                                model,
                                "--data",
                                folder.resolve(rows),
                                "--out",
                                out));
        arguments.addAll(List.of("--set", "train.learningRate=1e-2", "--set", "train.batchSize=4"));
        arguments.addAll(List.of(more));
        return CommandRun.gpt(arguments.toArray());
    }

    @Test
    void answersAreLearnedAndShown() throws IOException {
        Path out = folder.resolve("sft");
        CommandRun run =
                finetune("sft", "sft.jsonl", out, "--set", "data.epochs=10").requireSuccess();
        assertTrue(run.out().contains("the quick[[ brown fox<|endoftext|>]]"), run.out());
        assertTrue(run.out().contains("11 to train on, 1 to validate on"), run.out());
        assertTrue(run.out().contains("data.epochs=10"), run.out());
        assertTrue(run.out().contains("after: brown fox"), run.out());
        assertTrue(
                Files.readString(out.resolve("report.html")).contains("Answers before and after"));
        CommandRun.gpt("finetune", "--resume", out, "--steps", "32").requireSuccess();
        assertEquals(32, Files.readAllLines(out.resolve("metrics.jsonl")).size());
        CommandRun other = CommandRun.gpt("train", "--resume", out);
        assertEquals(2, other.exitCode());
        assertTrue(other.err().contains("sft"), other.err());
    }

    @Test
    void presetIsATaskAndItsSettings() {
        Path out = folder.resolve("preset");
        Object[] rest = {
            "--init-from",
            model,
            "--data",
            folder.resolve("sft.jsonl"),
            "--out",
            out,
            "--preset",
            "sft-lora",
            "--set",
            "lora.rank=4",
            "--steps",
            "2"
        };
        CommandRun run =
                CommandRun.gpt(Stream.concat(Stream.of("finetune"), Stream.of(rest)).toArray())
                        .requireSuccess();
        for (String setting :
                List.of(
                        "lora.rank=4",
                        "lora.alpha=32",
                        "lora.dropout=0.05",
                        "train.learningRate=2e-4")) {
            assertTrue(run.out().contains(setting), setting + " in " + run.out());
        }
        CommandRun again = CommandRun.gpt("finetune", "--resume", out, "--preset", "sft");
        assertEquals(2, again.exitCode());
        assertTrue(again.err().contains("--preset is for a new run"), again.err());
        CommandRun other =
                CommandRun.gpt(
                        Stream.concat(Stream.of("finetune", "--task", "dpo"), Stream.of(rest))
                                .toArray());
        assertEquals(2, other.exitCode());
        assertTrue(other.err().contains("the preset sft-lora is for sft"), other.err());
    }

    /// Questions of a pipe, one a line: the template and its ends come along with what was trained.
    @Test
    void trainedModelTalks() throws IOException {
        rows(
                "messages.jsonl",
                """
                {"messages": [{"role": "user", "content": "the quick"}, \
                {"role": "assistant", "content": " brown fox"}]}
                """
                        .repeat(12));
        Path out = folder.resolve("talks");
        finetune("sft", "messages.jsonl", out, "--set", "data.epochs=20").requireSuccess();
        byte[] input = "the quick\n/reset\nthe quick\n/exit\nmore\n".getBytes(UTF_8);
        CommandRun chat =
                CommandRun.gptReading(input, "chat", "--model", out, "--temperature", "0");
        assertEquals(0, chat.exitCode(), chat.err());
        List<String> lines = chat.out().lines().toList();
        assertEquals(3, lines.size(), chat.out());
        assertEquals(" brown fox", lines.getFirst());
        assertEquals(lines.getFirst(), lines.getLast());
        CommandRun none = CommandRun.gptReading(input, "chat", "--model", model);
        assertTrue(none.err().contains("has no chat template"), none.err());
    }

    @Test
    void preferencesAreLearned() throws IOException {
        Path out = folder.resolve("dpo");
        finetune("dpo", "dpo.jsonl", out, "--steps", "10").requireSuccess();
        List<String> lines = Files.readAllLines(out.resolve("metrics.jsonl"));
        JsonNode last = new ObjectMapper().readTree(lines.getLast()).get("metrics");
        assertEquals(1, last.get("rewards/accuracies").doubleValue());
        assertTrue(last.get("eval_rewards/margins").doubleValue() > 0, lines.getLast());
    }

    @Test
    void textsAreClassified() throws IOException {
        Path out = folder.resolve("classify");
        CommandRun run =
                finetune("classify", "classify.csv", out, "--set", "data.epochs=10")
                        .requireSuccess();
        assertTrue(run.out().contains("Confusion matrix"), run.out());
        assertTrue(run.out().contains("Accuracy 100.00 % of 1 texts"), run.out());
        CommandRun one =
                CommandRun.gpt("classify", "--model", out, "--text", "the lazy dog")
                        .requireSuccess();
        JsonNode json = new ObjectMapper().readTree(one.out());
        assertEquals("dog", json.get("label").textValue());
        assertTrue(json.get("probabilities").get("dog").doubleValue() > 0.5, one.out());
        CommandRun all =
                CommandRun.gpt(
                        "classify", "--model", out, "--data", folder.resolve("classify.csv"));
        assertEquals(0, all.exitCode());
        assertEquals(12, all.out().lines().count());
        assertTrue(all.err().contains("12 of 12 labels are as given"), all.err());
        CommandRun none = CommandRun.gpt("classify", "--model", model, "--text", "the fox");
        assertEquals(2, none.exitCode());
        assertTrue(none.err().contains("has no labels"), none.err());
    }

    @Test
    void adapterIsTrainedBesideItsModel() {
        Path out = folder.resolve("adapter-run");
        finetune("sft", "sft.jsonl", out, "--lora", "--steps", "4").requireSuccess();
        assertTrue(Files.exists(out.resolve("adapter/adapter_config.json")));
        assertTrue(Files.exists(out.resolve("adapter/adapter_model.safetensors")));
        CommandRun.gpt("finetune", "--resume", out, "--steps", "6").requireSuccess();
        byte[] input = "the quick\n".getBytes(UTF_8);
        CommandRun one =
                CommandRun.gptReading(
                        input,
                        "chat",
                        "--model",
                        out,
                        "--chat-template",
                        "chatml",
                        "--max-new-tokens",
                        "4");
        CommandRun two =
                CommandRun.gptReading(
                        input,
                        "chat",
                        "--model",
                        model,
                        "--adapter",
                        out,
                        "--chat-template",
                        "chatml",
                        "--max-new-tokens",
                        "4");
        assertEquals(0, one.exitCode(), one.err());
        assertFalse(one.out().isBlank());
        assertEquals(one.out(), two.out());
    }

    /// Of every command that takes an adapter: it is used, and one that was made for a model of
    /// another size is refused in a sentence that names what differs.
    @Test
    void everyCommandTakesAnAdapterOfItsModelAndNoOther() throws IOException {
        Path words = folder.resolve("word-adapter");
        finetune("sft", "sft.jsonl", words, "--lora", "--steps", "3").requireSuccess();
        Path labels = folder.resolve("label-adapter");
        finetune("classify", "classify.csv", labels, "--lora", "--steps", "3").requireSuccess();
        Path other = folder.resolve("other");
        CommandRun.gpt(
                        "train",
                        "--data",
                        folder.resolve("text.txt"),
                        "--preset",
                        "tiny",
                        "--tokenizer",
                        "bpe:280",
                        "--out",
                        other,
                        "--steps",
                        "1",
                        "--set",
                        "model.nEmbd=64",
                        "--set",
                        "train.evalInterval=0")
                .requireSuccess();
        Object[][] commands = {
            {words, "eval", "--data", folder.resolve("text.txt")},
            {words, "sample", "--prompt", "the quick", "--max-new-tokens", "3"},
            {words, "chat", "--chat-template", "chatml", "--max-new-tokens", "3"},
            {words, "logits", "--ids", "1,2", "--out", folder.resolve("adapted.safetensors")},
            {labels, "classify", "--text", "the quick fox"}
        };
        for (Object[] command : commands) {
            var arguments = new ArrayList<>(List.of(command).subList(1, command.length));
            arguments.addAll(List.of("--adapter", command[0], "--model"));
            assertEquals(0, reading(arguments, model).exitCode(), command[1].toString());
            CommandRun refused = reading(arguments, other);
            assertEquals(1, refused.exitCode(), command[1] + ": " + refused.err());
            assertEquals(1, refused.err().lines().count(), refused.err());
            String hint = "use the adapter with the model that it was trained on";
            assertTrue(refused.err().contains(hint), refused.err());
        }
    }

    private static CommandRun reading(List<Object> arguments, Path model) {
        var all = new ArrayList<>(arguments);
        all.add(model);
        return CommandRun.gptReading("the quick\n".getBytes(UTF_8), all.toArray());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    sft      | nothing.jsonl | ''                  | does not exist
                    dpo      | classify.csv  | ''                  | has no pair of answers
                    rlhf     | sft.jsonl     | ''                  | there is no task 'rlhf'
                    grpo     | sft.jsonl     | grpo.groupSize=3    | no whole groups
                    sft      | sft.jsonl     | sft.loss=none       | sft.loss
                    classify | classify.csv  | classify.layers=one | classify.layers
                    dpo      | dpo.jsonl     | dpo.beta=-1         | dpo.beta is -1.0
                    """)
    void whatCannotBeIsOneSentence(String task, String rows, String setting, String part) {
        Path out = folder.resolve("refused");
        CommandRun run =
                setting.isEmpty()
                        ? finetune(task, rows, out)
                        : finetune(task, rows, out, "--set", setting);
        assertTrue(run.exitCode() == 1 || run.exitCode() == 2, run.err());
        assertTrue(run.err().contains(part), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertFalse(Files.exists(out));
    }

    @Test
    void missingOptionsAreNamed() {
        CommandRun run = CommandRun.gpt("finetune", "--task", "sft");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("--init-from is missing"), run.err());
    }
}
