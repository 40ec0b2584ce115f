package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

class HelpTest {
    /// The names of every command, and of those below it.
    static Stream<List<String>> commands() {
        var all = new ArrayList<List<String>>();
        collect(Gpt.complete(), List.of(), all);
        return all.stream();
    }

    private static void collect(CommandLine command, List<String> name, List<List<String>> all) {
        command.getSubcommands()
                .forEach(
                        (own, sub) -> {
                            var whole = new ArrayList<>(name);
                            whole.add(own);
                            if (!List.of("help", "example", "kernel").contains(own)) {
                                all.add(whole);
                                collect(sub, whole, all);
                            }
                        });
    }

    /// Examples are a program of their own, which only the launcher knows.
    @Test
    void overviewListsAllCommandsAndSaysOnceWhatToBeginWith() {
        String help = CommandRun.gpt("--help").requireSuccess().out();
        for (String command :
                List.of(
                        "train",
                        "example",
                        "kernel",
                        "help",
                        "settings",
                        "completion",
                        "devices")) {
            assertTrue(help.contains("\n  " + command + " "), command + help);
        }
        assertTrue(help.contains("./gpt devices --ops"), help);
        assertTrue(help.contains("130"), help);
        assertEquals(help, CommandRun.gpt("help").requireSuccess().out());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpOfACommandIsItsOwn(List<String> name) {
        var words = new ArrayList<>(name);
        words.add("--help");
        CommandRun help = CommandRun.gpt(words.toArray()).requireSuccess();
        assertTrue(help.out().startsWith("Usage: gpt " + String.join(" ", name)), help.out());
        assertFalse(help.out().contains("Start here"), help.out());
        assertFalse(help.out().contains("Exit codes"), help.out());
        assertFalse(help.out().contains("${"), help.out());
    }

    /// Narrow terminals must not break the names of options.
    @ParameterizedTest
    @MethodSource("commands")
    void namesAreWholeAtSixtyColumns(List<String> name) {
        CommandLine command = Gpt.complete();
        for (String own : name) {
            command = command.getSubcommands().get(own);
        }
        command.setUsageHelpAutoWidth(false).setUsageHelpWidth(60);
        String help = command.getUsageMessage();
        for (var option : command.getCommandSpec().options()) {
            assertTrue(help.contains(option.longestName()), option.longestName() + help);
        }
        for (var option : command.getCommandSpec().options()) {
            for (String word : String.join(" ", option.description()).split("\\s+")) {
                boolean placeholder = word.contains("%") || word.contains("$");
                assertTrue(word.length() > 24 || placeholder || help.contains(word), word + help);
            }
        }
        for (String line : help.split("\n")) {
            assertTrue(line.length() <= 60, line);
        }
    }

    @ParameterizedTest
    @CsvSource({"train", "'data prepare'", "tokenizer"})
    void helpMayComeFirst(String command) {
        String[] words = ("help " + command).split(" ");
        String out = CommandRun.gpt((Object[]) words).requireSuccess().out();
        assertTrue(out.startsWith("Usage: gpt " + command.split(" ")[0]), out);
    }

    @Test
    void settingsAreExplained() {
        String settings = CommandRun.gpt("settings").requireSuccess().out();
        assertTrue(settings.contains("train.gradAccumulation\n"), settings);
        assertTrue(settings.contains("shakespeare-char-cpu\n"), settings);
    }

    @Test
    void pageAboutSettingsIsTheOneThatIsMadeFromThem() throws IOException {
        assertEquals(
                CommandRun.gpt("settings", "--markdown").requireSuccess().out(),
                Files.readString(Path.of("../docs/settings.md")),
                "make it anew: ./gpt settings --markdown > docs/settings.md");
    }

    @Test
    void completionKnowsCommandsAndOptions() {
        String script = CommandRun.gpt("completion").requireSuccess().out();
        assertTrue(script.contains("--max-new-tokens"), script);
        assertTrue(script.contains("complete -F _complete_gpt"), script);
    }

    @ParameterizedTest
    @CsvSource({"'24 60', 60", "'50 200', 200", "'24 0', 80", "'', 80", "x y, 80", "'9 3', 20"})
    void widthIsWhatTheTerminalSays(String answer, int columns) {
        assertEquals(columns, TerminalWidth.parse(answer));
    }
}
