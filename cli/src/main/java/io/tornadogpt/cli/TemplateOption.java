package io.tornadogpt.cli;

import io.tornadogpt.server.model.ChatFormat;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// How conversations become text.
final class TemplateOption {
    @Option(
            names = "--chat-template",
            paramLabel = "NAME_OR_FILE",
            description =
                    "How conversations become text: chatml, alpaca, or a Jinja file (default: the"
                            + " model's own template).")
    private @Nullable String chatTemplate;

    /// The template that was named; empty where none was.
    ///
    /// @param folder with the model's tokenizer, whose special tokens the template may write
    Optional<ChatFormat> named(Path folder) throws IOException {
        return chatTemplate == null
                ? Optional.empty()
                : Optional.of(ChatFormat.named(folder, chatTemplate));
    }
}
