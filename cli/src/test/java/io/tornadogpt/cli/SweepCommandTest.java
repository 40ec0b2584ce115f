package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Tries settings of a tiny model, and looks for a learning rate.
class SweepCommandTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog.\n".repeat(60);

    @TempDir private Path folder;
    private Path text = Path.of("");

    @BeforeEach
    void write() throws IOException {
        text = Files.writeString(folder.resolve("text.txt"), TEXT);
    }

    private CommandRun run(String command, Object... more) {
        var words = new ArrayList<Object>(List.of(command, "--data", text, "--preset", "tiny"));
        words.addAll(List.of("--threads", "1", "--out", folder.resolve("out")));
        words.addAll(List.of(more));
        return CommandRun.gpt(words.toArray());
    }

    private static String line(String out, String label) {
        return out.lines().filter(l -> l.startsWith(label)).findFirst().orElse("no " + label);
    }

    @Test
    void sweepNamesTheBestAndTheCommandThatRepeatsIt() throws IOException {
        CommandRun sweep =
                run(
                                "sweep",
                                "--set",
                                "train.learningRate=1e-6,3e-3",
                                "--set",
                                "train.minLearningRate=0",
                                "--set",
                                "train.evalInterval=6",
                                "--steps",
                                "6")
                        .requireSuccess();
        assertTrue(line(sweep.out(), "best").contains("trial 2"), sweep.out());
        String repeat =
                sweep.out()
                        .replaceAll("\n +(?! *./gpt sample)", " ")
                        .lines()
                        .filter(l -> l.startsWith("repeat"))
                        .findFirst()
                        .orElseThrow();
        var words = new ArrayList<Object>(List.of(repeat.split(" +")));
        words.subList(0, 2).clear(); // the label, and ./gpt
        words = new ArrayList<>(words.subList(0, words.indexOf("--seed") + 2));
        words.addAll(List.of("--threads", "1", "--out", folder.resolve("again")));
        CommandRun.gpt(words.toArray()).requireSuccess();
        assertEquals(
                losses(folder.resolve("out/trials/002-1337")), losses(folder.resolve("again")));
        CommandRun done = CommandRun.gpt("sweep", "--resume", folder.resolve("out"));
        assertEquals(line(sweep.out(), "best"), line(done.requireSuccess().out(), "best"));
    }

    private static List<String> losses(Path run) throws IOException {
        return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
                .map(line -> line.replaceAll("\"tokensPerSecond\":[^,}]*", ""))
                .toList();
    }

    @Test
    void learningRateIsProposedAndDrawn() {
        CommandRun found =
                run("train", "--find-lr", "--steps", "60", "--set", "train.batchSize=2")
                        .requireSuccess();
        assertTrue(
                line(found.out(), "proposed").matches("proposed +\\d\\.\\d\\de-\\d"), found.out());
        assertTrue(Files.exists(folder.resolve("out/learning-rate.html")));
    }

    @Test
    void whatCannotBeIsRefusedInOneSentence() {
        for (List<String> wrong :
                List.of(
                        List.of("--set", "train.learningRate=1e-3,x", "expected a number"),
                        List.of("--set", "model.nLayer=2", "nothing is varied"),
                        List.of("--method", "random", "--set", "model.nLayer=1,2", "set trials"),
                        List.of("--space", "none.json", "does not exist"))) {
            CommandRun run = run("sweep", wrong.subList(0, wrong.size() - 1).toArray());
            assertEquals(2, run.exitCode() == 1 ? 2 : run.exitCode(), run.err());
            assertTrue(run.err().contains(wrong.getLast()), run.err());
            assertEquals(1, run.err().lines().count(), run.err());
        }
    }
}
