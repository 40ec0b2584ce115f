package io.tornadogpt.finetune.data;

import io.tornadogpt.core.files.FileContent;
import io.tornadogpt.core.files.FileSink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Chat templates as files beside a model, where `transformers` looks for them.
public final class TemplateFiles {
    private static final String DEFAULT = "default";

    private TemplateFiles() {}

    /// The files of templates, of which the one that is named `default` is the usual one.
    ///
    /// @param sources by name
    /// @return contents by the file's name in the model's directory
    public static Map<String, byte[]> of(Map<String, String> sources) {
        var files = new LinkedHashMap<String, byte[]>();
        for (Map.Entry<String, String> template : sources.entrySet()) {
            String name =
                    template.getKey().equals(DEFAULT)
                            ? "chat_template.jinja"
                            : "additional_chat_templates/%s.jinja".formatted(template.getKey());
            files.put(name, template.getValue().getBytes(StandardCharsets.UTF_8));
        }
        return files;
    }

    /// Writes the files.
    ///
    /// @param directory of a model, which exists
    public static void write(Map<String, String> sources, Path directory) throws IOException {
        FileSink files = FileSink.in(directory);
        for (Map.Entry<String, byte[]> file : of(sources).entrySet()) {
            files.write(file.getKey(), FileContent.of(file.getValue()));
        }
    }
}
