package io.tornadogpt.cli;

import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.run.NewRun;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;

/// On what text to train, and by which tokens.
final class TextOptions {
    @Option(
            names = "--data",
            paramLabel = "PATH",
            description =
                    "A text file, a folder of text files, a token file (.bin), or a folder from"
                            + " `data prepare`.")
    private @Nullable Path data;

    @Option(
            names = "--tokenizer",
            paramLabel = "T",
            description =
                    "char: a token for each character (default where --data is given); bpe:N:"
                            + " byte-level BPE with N tokens, trained on the data; wordpiece:N,"
                            + " unigram:N, spbpe:N: other vocabularies trained on it; gpt2:"
                            + " GPT-2's; or the path of a tokenizer.")
    private @Nullable String tokenizer;

    @Mixin private DocumentOptions documents = new DocumentOptions();

    /// The text asked for, null for that of the project.
    @Nullable Path data() {
        return data;
    }

    /// The tokenizer as it was typed, null where it was not.
    @Nullable String tokenizer() {
        return tokenizer;
    }

    /// Whether any of these options is given.
    boolean given() {
        return data != null || tokenizer != null || documents.given();
    }

    /// A run on what is asked for.
    ///
    /// @param initial model to start from, whose tokenizer is used if none is asked for
    NewRun on(NewRun run, @Nullable ModelArgument initial) throws IOException {
        TokenizerChoice choice = choice(initial);
        if (data != null && tokenizer == null && TrainingData.isPrepared(data)) {
            refuseDocuments(data + " holds tokens already; leave it out");
            return run.with(new DataChoice(data, null)); // such a folder has a tokenizer of its own
        }
        if (data != null) {
            return run.with(new DataChoice(data, choice, documents.documents()));
        }
        refuseDocuments("--data is left out, and the documents of that text are its files");
        return choice == null ? run : run.onOwnText(choice);
    }

    void refuseDocuments(String why) {
        if (documents.given()) {
            throw new IllegalArgumentException("--documents has no effect here: " + why);
        }
    }

    private @Nullable TokenizerChoice choice(@Nullable ModelArgument initial) throws IOException {
        if (tokenizer != null) {
            return TokenizerChoice.parse(tokenizer);
        }
        return initial == null || initial.tokenizer() == null
                ? null
                : new TokenizerChoice.Stored(initial.tokenizerPath());
    }

    /// The tokenizer asked for, null for none.
    @Nullable TokenizerChoice tokenizerChoice() throws IOException {
        return choice(null);
    }

    /// What a run on it is called that has no other name.
    String name(String otherwise) {
        if (data == null) {
            return otherwise;
        }
        Path last = data.toAbsolutePath().normalize().getFileName();
        String name = last == null ? "data" : last.toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
