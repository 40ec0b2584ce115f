package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.Manifest;
import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.tokenizer.TokenSink;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/// The tokens that a run trains and validates on, and the tokenizer that made them.
///
/// Safe for use by several threads until it is closed.
public final class TrainingData implements AutoCloseable {
    private static final String TRAINING_FILE = "train.bin";
    private static final String VALIDATION_FILE = "val.bin";
    private static final String TRAINING = "training";
    private static final int SHORTEST_VALIDATION = 2;

    private final @Nullable Tokenizer tokenizer;
    private final Tokens training;
    private final @Nullable Tokens validation;
    private final Map<String, String> identity;
    private final List<TokenFile> files;

    private TrainingData(
            @Nullable Tokenizer tokenizer,
            Tokens training,
            @Nullable Tokens validation,
            Map<String, String> identity,
            List<TokenFile> files) {
        this.tokenizer = tokenizer;
        this.training = training;
        this.validation = validation;
        this.identity = new TreeMap<>(identity);
        this.files = files;
    }

    /// What made the tokens, null where only tokens are at hand.
    public @Nullable Tokenizer tokenizer() {
        return tokenizer;
    }

    /// Tokens to train on.
    public Tokens training() {
        return training;
    }

    /// Tokens that validate, null for none.
    public @Nullable Tokens validation() {
        return validation;
    }

    /// What tells these tokens from others: a resumed run must find the same.
    public Map<String, String> identity() {
        return Collections.unmodifiableMap(identity);
    }

    /// What a part of [#identity] is called: the path of its file, where it has one.
    public String nameOf(String part) {
        for (TokenFile file : files) {
            if (part.equals(TRAINING) || file.path().endsWith(part)) {
                return file.path().toString();
            }
        }
        return part;
    }

    /// Checks that the files are still what they were when they were opened; costs next to nothing
    /// where they are.
    ///
    /// @throws DataFileException naming the file that was changed
    public void requireUnchanged() throws IOException {
        for (TokenFile file : files) {
            file.requireUnchanged();
        }
    }

    /// Checks every id of a token file against a model's vocabulary.
    ///
    /// @throws IllegalArgumentException where the tokenizer has more tokens, apart from added ones
    ///   that the data may do without
    /// @throws DataFileException naming the first id that is too large, and its position
    public void requireVocabulary(int vocabularySize) throws DataFileException {
        if (tokenizer != null && tokenizer.sizeWithoutAddedTokens() > vocabularySize) {
            throw new IllegalArgumentException(
                    "model.vocabSize is %d, but the tokenizer has %d tokens; raise it to that"
                            .formatted(vocabularySize, tokenizer.vocabularySize()));
        }
        if (tokenizer != null && tokenizer.vocabularySize() > vocabularySize && files.isEmpty()) {
            requireRows(tokenizer, training, vocabularySize);
            if (validation != null) {
                requireRows(tokenizer, validation, vocabularySize);
            }
        }
        for (TokenFile file : files) {
            file.requireVocabulary(vocabularySize);
        }
    }

    private static void requireRows(Tokenizer tokenizer, Tokens tokens, int rows) {
        var block = new int[1 << 14];
        for (long from = 0; from < tokens.count(); from += block.length) {
            int n = (int) Math.min(block.length, tokens.count() - from);
            tokens.read(from, n, block, 0);
            tokenizer.requireRows(rows, Arrays.copyOf(block, n));
        }
    }

    /// Checks that there is a row of tokens to train on, and a target behind it.
    ///
    /// @param source what the data is called in the message
    /// @throws IllegalArgumentException naming how many tokens there are and are needed
    public void requireBlock(String source, int blockSize) {
        if (training.count() <= blockSize) {
            throw new IllegalArgumentException(
                    "%s: %d tokens to train on are fewer than the %d that a block of %d needs; give more text or lower train.blockSize"
                            .formatted(source, training.count(), blockSize + 1L, blockSize));
        }
    }

    /// Text in memory: the first 90 % of its characters train, the rest validates.
    public static TrainingData of(Tokenizer tokenizer, String text) {
        int characters = text.codePointCount(0, text.length());
        int cut = text.offsetByCodePoints(0, (int) Split.of(characters).training());
        int[] training = tokenizer.encode(text.substring(0, cut));
        int[] validation = tokenizer.encode(text.substring(cut));
        return new TrainingData(
                tokenizer,
                Tokens.of(training),
                validation.length < SHORTEST_VALIDATION ? null : Tokens.of(validation),
                Map.of(TRAINING, hash(training), "validation", hash(validation)),
                List.of());
    }

    /// A token file, mapped into memory.
    ///
    /// @param split whether the last 10 % of its tokens validate; otherwise all train
    public static TrainingData ofTokens(Path file, boolean split) throws IOException {
        return ofTokens(file, split, null);
    }

    /// A token file, mapped into memory, and the tokenizer that made it.
    ///
    /// @param split whether the last 10 % of its tokens validate; otherwise all train
    public static TrainingData ofTokens(Path file, boolean split, @Nullable Tokenizer tokenizer)
            throws IOException {
        TokenFile tokens = TokenFile.open(file);
        Split parts = split ? Split.of(tokens.count()) : Split.trainingOnly(tokens.count());
        return new TrainingData(
                tokenizer,
                parts.training(tokens),
                parts.validation() < SHORTEST_VALIDATION ? null : parts.validation(tokens),
                Map.of(TRAINING, tokens.checksum().hex()),
                List.of(tokens));
    }

    /// Encodes text into `train.bin` and `val.bin` in a directory, as nanoGPT's data scripts do,
    /// and puts the tokenizer beside them.
    ///
    /// @param split of the characters of the text; where nothing validates there is no `val.bin`
    /// @param progress is told how many bytes of text are encoded
    public static TrainingData prepare(
            TextSource text,
            Split split,
            Tokenizer tokenizer,
            Path directory,
            LongConsumer progress)
            throws IOException {
        return prepare(
                text,
                Documents.FILES,
                split,
                tokenizer,
                directory,
                progress,
                PartEncoder.ALONE,
                new long[1]);
    }

    /// @param encoder makes the tokens
    /// @param separators where the number of end-of-text tokens is added
    static TrainingData prepare(
            TextSource text,
            Documents documents,
            Split split,
            Tokenizer tokenizer,
            Path directory,
            LongConsumer progress,
            PartEncoder encoder,
            long[] separators)
            throws IOException {
        Files.createDirectories(directory);
        var first = new TextPart(text, documents, 0, split.training());
        Path trainingFile = directory.resolve(TRAINING_FILE);
        TokenFileInfo training =
                encode(first, tokenizer, trainingFile, progress, encoder, separators);
        if (training.count() < 2) {
            throw new DataFileException(
                    text.path(),
                    "the text",
                    "has %d token(s) to train on, too few to predict one from another"
                            .formatted(training.count()),
                    "give more text");
        }
        long done = training.textBytes() == null ? 0 : training.textBytes();
        Path validationFile = directory.resolve(VALIDATION_FILE);
        var second = new TextPart(text, documents, split.training(), split.validation());
        LongConsumer rest = bytes -> progress.accept(done + bytes);
        TokenFileInfo validation =
                encode(second, tokenizer, validationFile, rest, encoder, separators);
        if (validation.count() < SHORTEST_VALIDATION) {
            Files.delete(validationFile);
            Files.delete(TokenFileInfo.pathFor(validationFile));
        }
        tokenizer.save(directory);
        Manifest.of(directory).write(directory);
        return prepared(directory);
    }

    /// Whether a directory holds what [#prepare] writes.
    public static boolean isPrepared(Path directory) {
        return Files.isRegularFile(directory.resolve(TRAINING_FILE));
    }

    /// The file of a prepared directory to measure a model on: what it was not trained on.
    static Path measured(Path directory) {
        Path validation = directory.resolve(VALIDATION_FILE);
        return Files.exists(validation) ? validation : directory.resolve(TRAINING_FILE);
    }

    /// What [#prepare] left in a directory; nanoGPT's `train.bin` and `val.bin` alone will do.
    public static TrainingData prepared(Path directory) throws IOException {
        // Token files have checksums of their own beside them.
        Manifest.verifyDataIn(directory, TRAINING_FILE, VALIDATION_FILE);
        var files = new ArrayList<TokenFile>();
        var identity = new TreeMap<String, String>();
        for (String name : List.of(TRAINING_FILE, VALIDATION_FILE)) {
            Path file = directory.resolve(name);
            if (name.equals(TRAINING_FILE) || Files.exists(file)) {
                TokenFile tokens = TokenFile.open(file);
                files.add(tokens);
                identity.put(name, tokens.checksum().hex());
            }
        }
        return new TrainingData(
                tokenizerIn(directory),
                files.getFirst(),
                files.size() > 1 ? files.getLast() : null,
                identity,
                files);
    }

    /// The same tokens without those that validate. Close one of the two.
    public TrainingData trainingOnly() {
        return new TrainingData(tokenizer, training, null, identity, files);
    }

    /// The tokenizer whose files lie in a directory, null where there is none.
    public static @Nullable Tokenizer tokenizerIn(Path directory) throws IOException {
        return Tokenizer.isIn(directory) ? Tokenizer.load(directory) : null;
    }

    /// One more than the largest id: of the tokenizer, else as the side file says, else in the
    /// tokens themselves.
    public int vocabularySize() {
        if (tokenizer != null) {
            return tokenizer.vocabularySize();
        }
        int size = 0;
        for (TokenFile file : files) {
            TokenFileInfo info = file.info();
            size = Math.max(size, info != null ? info.vocabularySize() : file.largestId() + 1);
        }
        return size;
    }

    private static TokenFileInfo encode(
            TextPart part,
            Tokenizer tokenizer,
            Path file,
            LongConsumer progress,
            PartEncoder encoder,
            long[] separators)
            throws IOException {
        int vocabulary = tokenizer.vocabularySize();
        TokenFormat format = TokenFormat.forVocabulary(vocabulary);
        try (var writer = TokenWriter.create(file, format, vocabulary)) {
            var bytes = new long[1];
            TokenSink sink =
                    (ids, count, bytesEncoded) -> {
                        writer.write(ids, count);
                        bytes[0] = bytesEncoded;
                        progress.accept(bytesEncoded);
                    };
            separators[0] += encoder.encode(part, tokenizer, folder(file), sink);
            return writer.commit(tokenizer.toString(), bytes[0]);
        }
    }

    private static Path folder(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    private static String hash(int[] ids) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(ids.length, Integer.BYTES))
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(ids);
        return Sha256.of(bytes.array()).hex();
    }

    /// Ends the mapping of files.
    @Override
    public void close() {
        files.forEach(TokenFile::close);
    }
}
