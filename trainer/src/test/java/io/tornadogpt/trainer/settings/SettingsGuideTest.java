package io.tornadogpt.trainer.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;

class SettingsGuideTest {
    @Test
    void everySettingIsExplained() {
        assertEquals(
                List.copyOf(RunSettings.of(Preset.DEFAULT).flat().keys()),
                SettingsGuide.entries().stream().map(SettingsGuide.Entry::key).toList());
    }
}
