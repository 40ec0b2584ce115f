package io.tornadogpt.finetune.data;

import io.tornadogpt.core.files.AtomicFile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Writes chat templates beside a model, where `transformers` looks for them.
public final class TemplateFiles {
    private static final String DEFAULT = "default";

    private TemplateFiles() {}

    /// Writes templates, of which the one that is named `default` is the usual one.
    ///
    /// @param sources by name
    /// @param directory of a model, which exists
    public static void write(Map<String, String> sources, Path directory) throws IOException {
        for (Map.Entry<String, String> template : sources.entrySet()) {
            Path file = directory.resolve("chat_template.jinja");
            if (!template.getKey().equals(DEFAULT)) {
                Path others =
                        Files.createDirectories(directory.resolve("additional_chat_templates"));
                file = others.resolve(template.getKey() + ".jinja");
            }
            AtomicFile.write(file, template.getValue().getBytes(StandardCharsets.UTF_8));
        }
    }
}
