package io.tornadogpt.cli;

import io.tornadogpt.finetune.FineTuningPreset;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.SettingsGuide;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Explains settings and presets.
@Command(
        name = "settings",
        description = {
            "Lists all settings that --set and --config change, with type, default, range and"
                    + " meaning, and the presets.",
            ""
        },
        sortOptions = false)
final class SettingsCommand extends GptCommand {
    @Option(
            names = "--markdown",
            description = "Print the same as a page in Markdown, which is docs/settings.md.")
    private boolean markdown;

    @Override
    int run(Screen screen) {
        if (markdown) {
            screen.text(SettingsPage.page());
            return 0;
        }
        for (SettingsGuide.Entry e : SettingsGuide.entries()) {
            screen.line(screen.bold(e.key()));
            boolean said = e.range().isEmpty() || e.type().equals("true or false");
            String range = said ? "" : "; " + e.range();
            screen.indented("%s%s; default: %s".formatted(e.type(), range, e.standard()));
            screen.indented(e.meaning());
        }
        screen.line("");
        screen.line(screen.bold("Presets") + " (the defaults above are those of the first):");
        for (Preset preset : Preset.all()) {
            screen.line(screen.bold(preset.name()));
            screen.indented(preset.description());
        }
        screen.line("");
        screen.line(screen.bold("Presets of finetune"));
        for (FineTuningPreset preset : FineTuningPreset.all()) {
            screen.line(screen.bold(preset.name()));
            screen.indented(preset.description() + ": " + String.join(", ", preset.settings()));
        }
        return 0;
    }
}
