package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.TrainingProgress;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/// Data to train on, as a user names it: a text file, a folder or archive of text, a token file
/// (its name ends in `.bin`), or a folder that [TrainingData#prepare] has written.
///
/// @param path absolute
/// @param tokenizer null for the one that belongs to the tokens, or characters for text
/// @param documents what text is divided into; tokens are taken as they are
public record DataChoice(Path path, @Nullable TokenizerChoice tokenizer, Documents documents) {
    private static final String TOKEN_FILE = ".bin";
    private static final int BLOCK_OF_TWO = 2;

    /// Hears of what is read and made.
    public interface Progress extends TrainingProgress {
        /// Where the text or tokens come from, in words.
        default void source(String description) {}

        /// The text was read once and is UTF-8.
        default void text(TextStatistics statistics, List<PassedOver> passedOver) {}

        /// The tokenizer is there, encoding begins.
        default void encoding(Tokenizer tokenizer) {}

        /// The text is encoded, with so many end-of-text tokens between documents.
        default void separated(Documents documents, Tokenizer tokenizer, long tokens) {}

        /// So much of the text is encoded.
        ///
        /// @param bytes of its UTF-8
        default void encoded(long bytes) {}
    }

    public DataChoice {
        path = path.toAbsolutePath().normalize();
    }

    /// Data whose files are its documents.
    public DataChoice(Path path, @Nullable TokenizerChoice tokenizer) {
        this(path, tokenizer, Documents.FILES);
    }

    /// Whether the data is tokens already and nothing has to be prepared.
    public boolean isTokens() {
        return Files.isDirectory(path)
                ? TrainingData.isPrepared(path)
                : path.toString().endsWith(TOKEN_FILE);
    }

    /// Refuses a folder of prepared tokens, whose side files would else be taken for text.
    ///
    /// @throws IllegalArgumentException naming the folder
    public void requireText() {
        if (TrainingData.isPrepared(path)) {
            throw new IllegalArgumentException(
                    "%s holds tokens, not text; give the text that they were made from"
                            .formatted(path));
        }
    }

    /// Opens data that is tokens already.
    ///
    /// @param validates whether a part of it is to validate
    public TrainingData openTokens(boolean validates) throws IOException {
        if (Files.isDirectory(path)) {
            if (tokenizer != null) {
                throw new IllegalArgumentException(
                        "%s holds tokens that %s cannot change; name no other tokenizer for them"
                                .formatted(path, tokenizer));
            }
            TrainingData data = TrainingData.prepared(path);
            return validates ? data : data.trainingOnly();
        }
        return TrainingData.ofTokens(path, validates, tokenizerOfTokens());
    }

    private @Nullable Tokenizer tokenizerOfTokens() throws IOException {
        return switch (tokenizer) {
            case null -> TrainingData.tokenizerIn(directory());
            case TokenizerChoice.Existing existing -> existing.open();
            default ->
                    throw new IllegalArgumentException(
                            "%s holds tokens, from which no tokenizer %s can be made; name the files of the one that made them, or gpt2"
                                    .formatted(path, BadFileException.quote(tokenizer.toString())));
        };
    }

    private Split split(TextSource text, long characters) throws IOException {
        long cut = documents.cut(text, Split.of(characters).training());
        return new Split(cut, characters - cut);
    }

    private Path directory() {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    /// Reads a text, makes its tokenizer and encodes it into a directory.
    ///
    /// @param directory made where the text is found to be good
    /// @param validates whether the last tenth is to validate
    public TrainingData prepare(Path directory, boolean validates, Progress progress)
            throws IOException {
        return prepare(directory, validates, progress, PartEncoder.ALONE);
    }

    /// As above, with what makes the tokens.
    public TrainingData prepare(
            Path directory, boolean validates, Progress progress, PartEncoder encoder)
            throws IOException {
        requireText();
        // One that is there is opened before the text is read, which may take long.
        Tokenizer opened = tokenizer instanceof TokenizerChoice.Existing e ? e.open() : null;
        try (TextSource text = TextSource.open(path)) {
            TextStatistics statistics = text.statistics();
            progress.text(statistics, text.passedOver());
            if (statistics.characters() < BLOCK_OF_TWO) {
                throw new DataFileException(
                        path,
                        "the text",
                        "has %d character(s), too few to predict one from another"
                                .formatted(statistics.characters()),
                        "give more text");
            }
            TokenizerChoice choice =
                    tokenizer == null ? new TokenizerChoice.Characters() : tokenizer;
            Tokenizer made = opened != null ? opened : choice.tokenizer(text, documents, progress);
            documents.require(made);
            progress.encoding(made);
            Split split =
                    validates
                            ? split(text, statistics.characters())
                            : Split.trainingOnly(statistics.characters());
            LongConsumer encoded = progress::encoded;
            var separators = new long[1];
            TrainingData data =
                    TrainingData.prepare(
                            text, documents, split, made, directory, encoded, encoder, separators);
            progress.separated(documents, made, separators[0]);
            return data;
        }
    }
}
