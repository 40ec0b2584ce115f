package io.tornadogpt.cli;

import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.finetune.FineTuningPreset;
import io.tornadogpt.trainer.settings.LoraSettings;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.SettingsGuide;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The page about settings and presets, docs/settings.md.
final class SettingsPage {
    private SettingsPage() {}

    /// The page about settings and presets, in Markdown.
    static String page() {
        var lines = new ArrayList<String>();
        lines.add("# Settings");
        lines.add("");
        lines.add("This page is made by `./gpt settings --markdown`; a test keeps it so.");
        lines.add("");
        lines.add(
                "`--set KEY=VALUE` changes a setting, `--config FILE` reads several from a JSON"
                        + " file, and a");
        lines.add(
                "run's `settings.json` is such a file. The defaults are those of the preset `"
                        + Preset.DEFAULT.name()
                        + "`.");
        for (String group : List.of("model", TrainConfig.GROUP, LoraSettings.GROUP)) {
            lines.add("");
            lines.add("## " + group);
            lines.add("");
            lines.add("| key | type | default | range | meaning |");
            lines.add("| --- | --- | --- | --- | --- |");
            for (SettingsGuide.Entry e : SettingsGuide.entries()) {
                if (e.key().startsWith(group + ".")) {
                    lines.add(
                            "| `%s` | %s | %s | %s | %s |"
                                    .formatted(
                                            e.key(),
                                            e.type(),
                                            e.standard(),
                                            escaped(e.range()),
                                            escaped(e.meaning())));
                }
            }
        }
        lines.add("");
        lines.add("## Presets");
        lines.add("");
        lines.add("`--preset NAME` chooses a model and its training.");
        lines.add("");
        lines.add("| preset | what it is for | layers, heads, channels, block | steps |");
        lines.add("| --- | --- | --- | --- |");
        for (Preset preset : Preset.all()) {
            Architecture model = preset.model().architecture();
            lines.add(
                    String.format(
                            Locale.ROOT,
                            "| `%s` | %s | %d, %d, %d, %d | %,d |",
                            preset.name(),
                            escaped(preset.description()),
                            model.layers(),
                            model.attention().heads(),
                            model.width(),
                            model.context(),
                            preset.train().steps()));
        }
        lines.add("");
        lines.add("## Presets for fine-tuning");
        lines.add("");
        lines.add(
                "`./gpt finetune --preset NAME` chooses a task and settings for it ([all of"
                        + " them](finetuning.md#settings)).");
        lines.add("");
        lines.add("| preset | what it is for | settings |");
        lines.add("| --- | --- | --- |");
        for (FineTuningPreset preset : FineTuningPreset.all()) {
            lines.add(
                    "| `%s` | %s | `%s` |"
                            .formatted(
                                    preset.name(),
                                    preset.description(),
                                    String.join("`, `", preset.settings())));
        }
        return String.join("\n", lines) + "\n";
    }

    private static String escaped(String cell) {
        return cell.replace("|", "\\|");
    }
}
