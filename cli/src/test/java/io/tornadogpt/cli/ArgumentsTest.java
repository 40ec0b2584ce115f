package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Words on a command line are text, whatever they look like.
class ArgumentsTest {
    @TempDir static Path folder;
    private static Path run;

    @BeforeAll
    static void train() throws IOException {
        String printable =
                IntStream.range(' ', 127)
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining());
        Path text = Files.writeString(folder.resolve("a.txt"), (printable + "\n").repeat(9));
        run = folder.resolve("run");
        CommandRun.gpt(
                        "train",
                        "--preset",
                        "tiny",
                        "--data",
                        text,
                        "--steps",
                        1,
                        "--set",
                        "train.sampleInterval=0",
                        "--out",
                        run)
                .requireSuccess();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "@notes.txt; 31 17815 13 14116",
                "@@ -1,3 +1,4 @@; 12404 532 16 11 18 1343 16 11 19 25248",
                "-h b; 12 71 275",
                "--what is it; 438 10919 318 340",
                "''; ''"
            })
    void textToEncodeIsTakenAsItIs(String text, String ids) {
        CommandRun encoded =
                CommandRun.gpt("tokenizer", "encode", "--tokenizer", "gpt2", text).requireSuccess();
        assertEquals(ids, encoded.out().strip());
    }

    @Test
    void textBehindTwoDashesIsTakenEvenIfItIsAnOption() {
        CommandRun encoded =
                CommandRun.gpt("tokenizer", "encode", "--tokenizer", "gpt2", "--", "-h")
                        .requireSuccess();
        assertEquals("12 71", encoded.out().strip());
    }

    @ParameterizedTest
    @ValueSource(strings = {"@a", "-h", "--help", "a -h b", "--top-k", "--", "-", "%d", "=", "a=b"})
    void promptIsTakenAsItIs(String prompt) throws IOException {
        for (List<String> given :
                List.of(List.of("--prompt", prompt), List.of("--prompt=" + prompt))) {
            CommandRun sample =
                    CommandRun.gpt(
                                    "sample",
                                    "--model",
                                    run,
                                    "--json",
                                    "--max-new-tokens",
                                    1,
                                    given.getFirst(),
                                    given.size() > 1 ? given.getLast() : "--seed=1")
                            .requireSuccess();
            String line = sample.out().lines().toList().getFirst();
            assertEquals(prompt, new ObjectMapper().readTree(line).get("prompt").textValue());
        }
    }

    /// The launcher looks for `--device` and `-h` before Java starts, so it must know them too.
    @Test
    void everyOptionForATextTakesAnyWord() throws IOException {
        String launcher = Files.readString(Path.of("..", "gpt"));
        int begin = launcher.indexOf("takes_text() {");
        String known = launcher.substring(begin, launcher.indexOf('}', begin));
        List<OptionSpec> options =
                Gpt.complete().getSubcommands().values().stream()
                        .flatMap(command -> command.getCommandSpec().options().stream())
                        .filter(option -> option.paramLabel().equals("TEXT"))
                        .toList();
        assertTrue(options.size() >= 5, options.toString());
        for (OptionSpec option : options) {
            assertInstanceOf(TextValue.class, option.preprocessor(), option.longestName());
            assertTrue(known.contains(" " + option.longestName() + " "), option.longestName());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-h", "--help", "-V", "--device=tornado", "--data", "--"})
    void textToEmbedIsTakenAsItIs(String text) {
        CommandRun embedded =
                CommandRun.gpt("embed", "--model", run, "--text", text).requireSuccess();
        assertTrue(embedded.out().startsWith("{"), embedded.out());
    }

    @ParameterizedTest
    @CsvSource({"embed", "fill", "classify"})
    void textIsStillRequired(String command) {
        CommandRun refused = CommandRun.gpt(command, "--model", run);
        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains("--text"), refused.err());
        CommandRun given = CommandRun.gpt(command, "--model", run, "--text", "-h");
        assertFalse(given.err().contains("--help lists"), given.err());
        CommandRun missing = CommandRun.gpt(command, "--model", run, "--text");
        assertEquals(2, missing.exitCode());
        assertTrue(missing.err().contains("--text"), missing.err());
    }

    @Test
    void promptMayBeEmpty() {
        CommandRun.gpt("sample", "--model", run, "--prompt", "", "--max-new-tokens", 1)
                .requireSuccess();
    }

    @Test
    void severalStopsAreTakenAsTheyAre() {
        CommandRun sample =
                CommandRun.gpt(
                                "sample",
                                "--model",
                                run,
                                "--prompt",
                                "a",
                                "--json",
                                "--stop",
                                "-h",
                                "--stop",
                                "@")
                        .requireSuccess();
        assertTrue(sample.out().startsWith("{"), sample.out());
    }

    @Test
    void optionThatDoesNotExistIsStillNamed() {
        CommandRun refused = CommandRun.gpt("sample", "--promt", "a");
        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains("--prompt"), refused.err());
    }

    @Test
    void promptInAnotherEncodingIsNamed() throws IOException {
        Path file = folder.resolve("prompt.txt");
        Files.write(file, "\uFEFFab".getBytes(StandardCharsets.UTF_16LE));
        CommandRun refused = CommandRun.gpt("sample", "--model", run, "--prompt-file", file);
        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains("iconv -f UTF-16 -t UTF-8"), refused.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "best", "checkpoints", "best/model.safetensors", "best/config.json"})
    void modelIsFoundByARunAndByItsParts(String part) {
        CommandRun.gpt(
                        "sample",
                        "--model",
                        run.resolve(part),
                        "--prompt",
                        "a",
                        "--max-new-tokens",
                        1)
                .requireSuccess();
    }

    @Test
    void samplesAreGeneratedTogetherAndPrintedInTheirOrder() throws IOException {
        String one = sampled(1);
        String five = sampled(5);
        assertEquals(5, five.lines().count());
        assertEquals(one.strip(), five.lines().findFirst().orElseThrow());
    }

    private static String sampled(int samples) {
        return CommandRun.gpt(
                        "sample",
                        "--model",
                        run,
                        "--json",
                        "--prompt",
                        "abc",
                        "--max-new-tokens",
                        9,
                        "--num-samples",
                        samples)
                .requireSuccess()
                .out();
    }
}
