package io.tornadogpt.cli;

import io.tornadogpt.trainer.data.Documents;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/// What a text is divided into.
final class DocumentOptions {
    @Option(
            names = "--documents",
            paramLabel = "D",
            preprocessor = TextValue.class,
            description =
                    "What the tokenizer's end-of-text token, if it has one, separates: files"
                            + " (default), lines, none, or the parts between a text, such as"
                            + " '<|endoftext|>' or '\\n\\n'.")
    private @Nullable String documents;

    /// Whether the option was given.
    boolean given() {
        return documents != null;
    }

    Documents documents() {
        return documents == null ? Documents.FILES : Documents.parse(documents);
    }
}
