package io.tornadogpt.cli;

import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Help.IOptionRenderer;
import picocli.CommandLine.Help.IParameterRenderer;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/// Keeps words whole in help: picocli breaks lines within them too, behind a dot or a hyphen, so
/// that `settings.json` and `--num-samples` end on two lines.
///
/// While lines are broken, letters stand for dots, hyphens and the like.
final class WholeWords {
    /// Where letters of Unicode's private use area begin that stand for others. Who breaks lines
    /// takes them for letters.
    private static final char LETTERS = '\uE000';

    private static final char DELETE = 127;

    /// What picocli replaces in descriptions: `%n`, `${DEFAULT-VALUE}`.
    private static final String NOT_TEXT = "%${}";

    private WholeWords() {}

    /// Makes the help of a command, and of those below it, keep words whole.
    static void keep(CommandLine command) {
        hideAll(command);
        command.setHelpFactory(KeepingHelp::new);
        Map<String, IHelpSectionRenderer> sections = new LinkedHashMap<>();
        command.getHelpSectionMap()
                .forEach((key, section) -> sections.put(key, help -> show(section.render(help))));
        command.setHelpSectionMap(sections);
    }

    private static void hideAll(CommandLine command) {
        var usage = command.getCommandSpec().usageMessage();
        usage.description(
                Stream.of(usage.description()).map(WholeWords::hide).toArray(String[]::new));
        command.getSubcommands().values().forEach(WholeWords::hideAll);
    }

    /// With letters for everything else that words are made of.
    static String hide(String text) {
        var hidden = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean mark = c > ' ' && c < DELETE && !Character.isLetterOrDigit(c);
            hidden.append(mark && NOT_TEXT.indexOf(c) < 0 ? (char) (LETTERS + c) : c);
        }
        return hidden.toString();
    }

    static String show(String text) {
        var shown = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            shown.append(c >= LETTERS && c < LETTERS + DELETE ? (char) (c - LETTERS) : c);
        }
        return shown.toString();
    }

    /// Hides what is in descriptions of options and parameters.
    private static final class KeepingHelp extends Help {
        private static final int DESCRIPTION = 4;

        private KeepingHelp(CommandSpec command, ColorScheme colours) {
            super(command, colours);
        }

        @Override
        public IOptionRenderer createDefaultOptionRenderer() {
            IOptionRenderer usual = super.createDefaultOptionRenderer();
            return (option, label, colours) -> hidden(usual.render(option, label, colours));
        }

        @Override
        public IParameterRenderer createDefaultParameterRenderer() {
            IParameterRenderer usual = super.createDefaultParameterRenderer();
            return (parameter, label, colours) -> hidden(usual.render(parameter, label, colours));
        }

        private Text[][] hidden(Text[][] rows) {
            for (Text[] row : rows) {
                if (row.length > DESCRIPTION) {
                    row[DESCRIPTION] = colorScheme().text(hide(row[DESCRIPTION].plainString()));
                }
            }
            return rows;
        }
    }
}
