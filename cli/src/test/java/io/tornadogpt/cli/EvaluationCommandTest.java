package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `gpt eval` with tasks, and the card of a model that was evaluated.
class EvaluationCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir private static Path folder;

    private static Path run;
    private static Path data;
    private static Path task;

    @BeforeAll
    static void train() throws IOException {
        Path text = folder.resolve("text.txt");
        Files.writeString(text, "the cat sat on the mat, and the dog sat on the log.\n".repeat(60));
        run = folder.resolve("run");
        CommandRun.gpt(
                        "train",
                        "--data",
                        text,
                        "--preset",
                        "tiny",
                        "--out",
                        run,
                        "--steps",
                        20,
                        "--set",
                        "train.evalInterval=10")
                .requireSuccess();
        data = Files.createDirectories(folder.resolve("tasks"));
        Files.writeString(
                data.resolve("lambada_test.jsonl"),
                "{\"text\": \"the cat sat on the mat\"}\n{\"text\": \"the dog sat on the log\"}\n");
        task =
                Files.writeString(
                        folder.resolve("seats.json"),
                        """
                        {"name": "seats", "kind": "choice", "context": "the {who} sat on the", "items": [
                          {"who": "cat", "endings": ["mat", "cat"], "answer": 0},
                          {"who": "dog", "endings": ["dog", "log"], "answer": 1}]}
                        """);
    }

    private static CommandRun eval(Object... more) {
        var arguments = new ArrayList<Object>(List.of("eval", "--model", run, "--data-dir", data));
        arguments.addAll(List.of(more));
        return CommandRun.gpt(arguments.toArray());
    }

    @Test
    void resultsAreOneObject() throws IOException {
        Path items = folder.resolve("items.jsonl");
        CommandRun done =
                eval("--tasks", "lambada_openai," + task, "--json", "--items", items)
                        .requireSuccess();
        JsonNode json = JSON.readTree(done.out());
        JsonNode seats = json.at("/results/seats");
        assertEquals(2, seats.get("n").asInt());
        assertEquals(0.5, seats.get("chance").asDouble());
        double acc = seats.get("acc").asDouble();
        assertTrue(acc == 0 || acc == 0.5 || acc == 1, "acc is " + acc);
        assertTrue(json.at("/results/lambada_openai/perplexity").asDouble() > 1);
        List<String> lines = Files.readAllLines(items);
        assertEquals(4, lines.size());
        assertEquals(2, JSON.readTree(lines.get(2)).get("loglikelihoods").size());
        assertEquals("seats", JSON.readTree(lines.get(3)).get("task").asText());
    }

    @Test
    void tasksAreAskedWhileAModelIsTrainedAndWhenItIs() throws IOException {
        Path asked = folder.resolve("asked");
        CommandRun.gpt(
                        "train",
                        "--data",
                        folder.resolve("text.txt"),
                        "--preset",
                        "tiny",
                        "--out",
                        asked,
                        "--steps",
                        4,
                        "--set",
                        "train.sampleInterval=0",
                        "--set",
                        "train.evalTasks=" + task,
                        "--set",
                        "train.evalTasksInterval=2")
                .requireSuccess();
        List<String> metrics = Files.readAllLines(asked.resolve("metrics.jsonl"));
        assertTrue(metrics.get(1).contains("\"seats.acc\":"), metrics.get(1));
        assertFalse(metrics.get(2).contains("seats"), metrics.get(2));
        assertEquals(
                2,
                JSON.readTree(Files.readAllBytes(asked.resolve("evaluation.json")))
                        .at("/results/seats/n")
                        .asInt());
        String page = Files.readString(asked.resolve("report.html"));
        assertTrue(page.contains("Tasks, with standard errors") && page.contains("seats.acc"));
        assertFalse(Files.exists(asked.resolve("asked")), "the model that was asked is gone");
        CommandRun wrong =
                CommandRun.gpt(
                        "train",
                        "--data",
                        folder.resolve("text.txt"),
                        "--out",
                        folder.resolve("none"),
                        "--set",
                        "train.evalTasks=chess");
        assertTrue(wrong.err().contains("chess"), wrong.err());
    }

    @Test
    void groupsAreComparedAndTheCardTellsOfIt() throws IOException {
        Path probe =
                Files.writeString(
                        folder.resolve("probe.json"),
                        """
                        {"name": "animals", "groups": {"cat": {"who": "cat"}, "dog": {"who": "dog"}},
                         "templates": ["the {who} sat on the {seat}."], "fields": {"seat": ["mat", "log"]}}
                        """);
        CommandRun table = CommandRun.gpt("eval", "--model", run, "--bias", probe);
        assertTrue(table.requireSuccess().out().contains("log-likelihood ratios to 'cat'"));
        CommandRun json = CommandRun.gpt("eval", "--model", run, "--bias", probe, "--json");
        JsonNode rows = JSON.readTree(json.requireSuccess().out()).get("rows");
        assertEquals(3, rows.size());
        assertEquals("dog", rows.get(0).get("group").asText());
        Path out = folder.resolve("compared");
        CommandRun.gpt("export", "--to", "hf", "--model", run, "--out", out).requireSuccess();
        String card = Files.readString(out.resolve("README.md"));
        assertTrue(card.contains("## Groups compared"), card);
        assertTrue(card.contains("is not judged here"), card);
    }

    @Test
    void severalModelsHaveAColumnEach() throws IOException {
        CommandRun table = eval("--model", run.resolve("best"), "--tasks", task).requireSuccess();
        List<String> lines = table.out().lines().toList();
        String heads =
                lines.stream().filter(line -> line.startsWith("task ")).findFirst().orElseThrow();
        assertTrue(heads.matches("task +n +shots +metric +chance +run +best *"), heads);
        CommandRun both =
                eval("--model", run.resolve("best"), "--tasks", task, "--json").requireSuccess();
        JsonNode json = JSON.readTree(both.out());
        assertEquals(json.at("/models/run/seats"), json.at("/models/best/seats"));
    }

    @Test
    void figuresOfARunComeIntoItsCard() throws IOException {
        eval("--tasks", task, "--limit", 1).requireSuccess();
        Path out = folder.resolve("exported");
        CommandRun.gpt("export", "--to", "hf", "--model", run, "--out", out, "--license", "mit")
                .requireSuccess();
        String card = Files.readString(out.resolve("README.md"));
        assertTrue(card.startsWith("---\nlicense: mit\n"), card);
        assertTrue(card.contains("# exported\n"), card);
        assertTrue(card.contains("| seats | 1 | 0 | acc |"), card);
        assertTrue(card.contains("20 steps; the last one's loss is"), card);
        assertTrue(card.contains("Source: `text.txt`."), card);
        assertFalse(card.contains(folder.toString()), card);
        assertTrue(Files.exists(out.resolve("loss.svg")));
    }

    /// One sentence on standard error, and the exit code of its kind.
    private static void refused(CommandRun run, int exitCode, String message) {
        assertEquals(exitCode, run.exitCode(), run::out);
        assertTrue(run.err().contains(message), run.err());
        assertEquals(1, run.err().strip().lines().count(), run.err());
    }

    @Test
    void whatCannotBeAskedIsOneSentence() throws IOException {
        Path wrong = folder.resolve("wrong.json");
        Files.writeString(wrong, "{\"name\": \"x\", \"kind\": \"text\", \"itms\": []}");
        refused(eval("--tasks", wrong), 1, wrong + ": the task is not as expected (Unrecognized");
        refused(
                eval("--tasks", "hellaswag"),
                1,
                data + ": the data folder has no hellaswag_val.jsonl or ");
        refused(
                CommandRun.gpt(
                        "eval",
                        "--model",
                        run,
                        "--tasks",
                        "blimp_causative",
                        "--data-dir",
                        folder.resolve("nowhere")),
                1,
                "the data folder is not there, so task blimp_causative has no BLiMP.zip");
        refused(eval("--tasks", "seats"), 2, "no task is called 'seats'; there are arc_challenge");
        refused(eval("--tasks", task + "," + task), 2, "task seats is named twice");
        refused(eval("--tasks", task, "--limit", -1), 2, "the limit is -1 items");
        refused(eval(), 2, "expected one of --data PATH, a text to predict, --tasks NAME,...");

        Path bare = folder.resolve("bare");
        CommandRun.gpt("export", "--to", "hf", "--model", run, "--out", bare).requireSuccess();
        Files.delete(bare.resolve("tokenizer.json"));
        refused(
                CommandRun.gpt("eval", "--model", bare, "--tasks", task),
                2,
                bare + " has no tokenizer, which task seats needs");
    }

    @Test
    void aTaskThatDoesNotFitTheContextIsOneSentence() throws IOException {
        Path task = folder.resolve("long.json");
        Files.writeString(
                task,
                """
                {"name": "long", "kind": "continuation",
                 "items": [{"context": "the", "target": "%s"}]}
                """
                        .formatted(" mat".repeat(200)));
        refused(
                eval("--tasks", task),
                2,
                "item 0 of task long has an ending of 800 tokens, but the model sees ");
        Files.writeString(
                task,
                """
                {"name": "long", "kind": "answer", "context": "the", "maxNewTokens": 4000,
                 "items": [{"answer": "cat"}]}
                """);
        refused(eval("--tasks", task), 2, "task long asks for answers of up to 4000 tokens");
    }
}
