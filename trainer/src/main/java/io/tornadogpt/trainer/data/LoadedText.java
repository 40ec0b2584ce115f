package io.tornadogpt.trainer.data;

import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.UnencodableTextException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/// A whole text as the tokens of a model, all of it, to measure the model on.
///
/// Safe for use by several threads until it is closed.
public final class LoadedText implements AutoCloseable {
    private final Tokens tokens;
    private final OptionalLong predictedBytes;
    private final @Nullable TokenFile file;

    private LoadedText(Tokens tokens, OptionalLong predictedBytes, @Nullable TokenFile file) {
        this.tokens = tokens;
        this.predictedBytes = predictedBytes;
        this.file = file;
    }

    /// Opens a token file (its name ends in `.bin`), or encodes text.
    ///
    /// @param tokenizer the model's, null where it has none
    /// @param vocabularySize the model's; every token must be in it
    public static LoadedText open(Path path, @Nullable Tokenizer tokenizer, int vocabularySize)
            throws IOException {
        return open(path, Documents.FILES, tokenizer, vocabularySize);
    }

    /// As above, with text that is divided into documents.
    public static LoadedText open(
            Path path, Documents documents, @Nullable Tokenizer tokenizer, int vocabularySize)
            throws IOException {
        if (path.toString().endsWith(".bin")) {
            return openTokens(path, tokenizer, vocabularySize);
        }
        if (TrainingData.isPrepared(path)) {
            throw new IllegalArgumentException(
                    "%s holds tokens, training and validation apart; name one of its files, such as %s"
                            .formatted(path, TrainingData.measured(path)));
        }
        if (tokenizer == null) {
            throw new IllegalArgumentException(
                    "the model has no tokenizer.json to encode %s with; copy it beside the model, or give a token file (.bin)"
                            .formatted(path));
        }
        documents.require(tokenizer);
        try (TextSource text = TextSource.open(path)) {
            Tokens tokens = encode(text, documents, tokenizer);
            requireRows(tokens, tokenizer, vocabularySize);
            if (tokens.count() < 2) {
                throw new DataFileException(
                        path,
                        "the text",
                        "has %d token(s), but one to predict from and one to predict are needed"
                                .formatted(tokens.count()),
                        "give more text");
            }
            return new LoadedText(tokens, bytesPredicted(tokens, tokenizer), null);
        }
    }

    /// Bytes of all tokens but the first, which is not predicted.
    private static OptionalLong bytesPredicted(Tokens tokens, Tokenizer tokenizer) {
        var lengths = new int[tokenizer.vocabularySize()];
        for (int id = 0; id < lengths.length; id++) {
            lengths[id] = tokenizer.tokenBytes(id).length;
        }
        tokenizer.specialTokens().values().forEach(id -> lengths[id] = 0); // no part of the text
        var block = new int[1 << 14];
        long bytes = 0;
        for (long from = 1; from < tokens.count(); from += block.length) {
            int n = (int) Math.min(block.length, tokens.count() - from);
            tokens.read(from, n, block, 0);
            for (int i = 0; i < n; i++) {
                if (block[i] < 0 || block[i] >= lengths.length) {
                    return OptionalLong.empty(); // tokens of another tokenizer
                }
                bytes += lengths[block[i]];
            }
        }
        return OptionalLong.of(bytes);
    }

    private static void requireRows(Tokens tokens, Tokenizer tokenizer, int rows) {
        if (tokenizer.vocabularySize() <= rows) {
            return;
        }
        tokenizer.requireRows(rows);
        for (long i = 0; i < tokens.count(); i++) {
            tokenizer.requireRows(rows, tokens.at(i));
        }
    }

    private static Tokens encode(TextSource text, Documents documents, Tokenizer tokenizer)
            throws IOException {
        try {
            return Tokens.of(text, documents, tokenizer);
        } catch (UnencodableTextException e) {
            throw new IllegalArgumentException(text.path() + ": " + e.getMessage(), e);
        }
    }

    private static LoadedText openTokens(
            Path path, @Nullable Tokenizer tokenizer, int vocabularySize) throws IOException {
        TokenFile file = TokenFile.open(path);
        try {
            file.requireVocabulary(vocabularySize);
            OptionalLong bytes =
                    tokenizer == null ? OptionalLong.empty() : bytesPredicted(file, tokenizer);
            return new LoadedText(file, bytes, file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// The tokens.
    public Tokens tokens() {
        return tokens;
    }

    /// Bytes of UTF-8 that all tokens but the first stand for, empty where that is not known.
    public OptionalLong predictedBytes() {
        return predictedBytes;
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }
}
