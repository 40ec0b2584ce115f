package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.curation.step.TokenFiles;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.TokenFormat;
import io.tornadogpt.trainer.data.TokenWriter;
import io.tornadogpt.trainer.data.TokenizerChoice;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/// Writes the documents of all shards as token files.
///
/// Used by one thread at a time.
final class TokenRun {
    private static final String FOLDER = "tokens";

    private final WorkDirectory directory;
    private final Tokenizer tokenizer;
    private final List<Manifest.ShardFile> written = new ArrayList<>();
    private final SortedMap<String, Long> counts = new TreeMap<>();

    private TokenRun(WorkDirectory directory, Tokenizer tokenizer) {
        this.directory = directory;
        this.tokenizer = tokenizer;
    }

    /// The tokenizer that a step names.
    ///
    /// @throws IllegalArgumentException where it names none that exists
    static Tokenizer tokenizer(TokenFiles step) throws IOException {
        if (step.tokenizer().isEmpty()) {
            throw new IllegalArgumentException(
                    "tokenFiles.tokenizer is empty; set it to gpt2, or to the path of a tokenizer");
        }
        return TokenizerChoice.existing(step.tokenizer()).open();
    }

    /// Writes them.
    ///
    /// @param shards of the result
    static TokenRun of(WorkDirectory directory, TokenFiles step, List<Manifest.ShardFile> shards)
            throws IOException {
        var run = new TokenRun(directory, tokenizer(step));
        Path folder = directory.result().resolve(FOLDER);
        Files.createDirectories(folder);
        run.part("train", "train.bin", shards);
        run.part("heldout", "val.bin", shards);
        run.tokenizer.save(folder);
        io.tornadogpt.core.files.Manifest.of(folder).write(folder);
        return run;
    }

    private void part(String part, String name, List<Manifest.ShardFile> shards)
            throws IOException {
        List<Manifest.ShardFile> own =
                shards.stream().filter(shard -> shard.file().startsWith(part + "/")).toList();
        if (own.isEmpty()) {
            return;
        }
        int vocabulary = tokenizer.vocabularySize();
        Path file = directory.result().resolve(FOLDER).resolve(name);
        Files.deleteIfExists(file);
        try (var writer =
                TokenWriter.create(file, TokenFormat.forVocabulary(vocabulary), vocabulary)) {
            long documents = 0;
            long characters = 0;
            long bytes = 0;
            for (Manifest.ShardFile shard : own) {
                try (var lines = LineFile.open(directory.result().resolve(shard.file()))) {
                    while (lines.next()) {
                        String text = Json.MAPPER.readTree(lines.text()).get("text").asText();
                        write(writer, text);
                        documents++;
                        characters += text.length();
                        bytes += text.getBytes(StandardCharsets.UTF_8).length;
                    }
                }
            }
            long count = writer.count();
            Sha256 sha256 = writer.commit(tokenizer.toString(), bytes).sha256();
            written.add(
                    new Manifest.ShardFile(
                            FOLDER + "/" + name, sha256, Files.size(file), documents, characters));
            counts.put(part, count);
        }
    }

    private void write(TokenWriter writer, String text) throws IOException {
        int[] ids = tokenizer.encode(text);
        writer.write(ids, ids.length);
        OptionalInt end = tokenizer.endOfText();
        if (end.isPresent()) {
            writer.write(end.getAsInt());
        }
    }

    List<Manifest.ShardFile> files() {
        return written;
    }

    /// Tokens by part.
    SortedMap<String, Long> counts() {
        return counts;
    }
}
