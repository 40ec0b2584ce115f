package io.tornadogpt.trainer.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class SettingsGuideTest {
    @Test
    void everySettingIsExplained() {
        assertEquals(
                List.copyOf(RunSettings.of(Preset.DEFAULT).flat().keys()),
                SettingsGuide.entries().stream().map(SettingsGuide.Entry::key).toList());
    }

    @Test
    void pageIsTheOneThatIsMadeFromTheSettings() throws IOException {
        assertEquals(
                SettingsGuide.page(),
                Files.readString(Path.of("../docs/settings.md")),
                "make it anew: ./gpt settings --markdown > docs/settings.md");
    }
}
