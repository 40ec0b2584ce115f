package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.Sha256;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Writes the shards of a piece.
final class ShardRun {
    /// What was written of a piece.
    ///
    /// @param files in the result
    /// @param train documents
    /// @param heldOut documents
    /// @param duplicates removed documents, by step
    /// @param duplicateCharacters of these
    record Written(
            List<Manifest.ShardFile> files,
            long train,
            long heldOut,
            SortedMap<String, Long> duplicates,
            SortedMap<String, Long> duplicateCharacters) {}

    private final WorkDirectory directory;
    private final int piece;
    private final boolean keepRemoved;
    private final int longs;
    private long trainCharacters;
    private long heldOutCharacters;
    private final SortedMap<String, Long> duplicates = new TreeMap<>();
    private final SortedMap<String, Long> duplicateCharacters = new TreeMap<>();

    /// @param longs numbers in a signature
    ShardRun(WorkDirectory directory, int piece, boolean keepRemoved, int longs) {
        this.directory = directory;
        this.piece = piece;
        this.keepRemoved = keepRemoved;
        this.longs = longs;
    }

    void run() throws IOException {
        String name = WorkDirectory.name(piece) + ".jsonl.zst";
        Path result = directory.result();
        try (var documents = LineFile.open(directory.documents(piece));
                var fates = LineFile.open(directory.fates(piece));
                var signatures = SignatureFile.open(directory.signatures(piece), longs);
                var train = new ShardWriter(result.resolve("train").resolve(name));
                var heldOut = new ShardWriter(result.resolve("heldout").resolve(name));
                var ledger = new ShardWriter(result.resolve("removed").resolve(name));
                var removed = new ShardWriter(directory.removed().resolve(name))) {
            copy(directory.ledger(piece), ledger);
            if (keepRemoved) {
                copy(directory.removedTexts(piece), removed);
            }
            while (documents.next() && fates.next() && signatures.next()) {
                long characters = signatures.get(Signature.CHARACTERS);
                switch (fates.text()) {
                    case Fates.TRAIN -> {
                        train.write(documents.line());
                        trainCharacters += characters;
                    }
                    case Fates.HELD_OUT -> {
                        heldOut.write(documents.line());
                        heldOutCharacters += characters;
                    }
                    default ->
                            duplicate(documents.line(), fates.text(), characters, ledger, removed);
                }
            }
            for (ShardWriter writer : List.of(train, heldOut, ledger, removed)) {
                writer.finish();
            }
            AtomicFile.write(
                    directory.shard(piece),
                    Json.MAPPER.writeValueAsBytes(written(train, heldOut, ledger)));
        }
    }

    private Written written(ShardWriter train, ShardWriter heldOut, ShardWriter ledger)
            throws IOException {
        var files = new ArrayList<Manifest.ShardFile>();
        add(files, "train", train, trainCharacters);
        add(files, "heldout", heldOut, heldOutCharacters);
        add(files, "removed", ledger, 0);
        return new Written(files, train.lines(), heldOut.lines(), duplicates, duplicateCharacters);
    }

    private static void add(
            List<Manifest.ShardFile> files, String part, ShardWriter writer, long characters)
            throws IOException {
        if (writer.lines() > 0) {
            Path file = writer.file();
            String name = part + "/" + file.getFileName();
            files.add(
                    new Manifest.ShardFile(
                            name, Sha256.of(file), Files.size(file), writer.lines(), characters));
        }
    }

    private void duplicate(
            byte[] line, String fate, long characters, ShardWriter ledger, ShardWriter removed)
            throws IOException {
        int tab = fate.indexOf(Fates.OF);
        String step = fate.substring(0, tab);
        duplicates.merge(step, 1L, Long::sum);
        duplicateCharacters.merge(step, characters, Long::sum);
        var document = Json.MAPPER.readTree(line);
        ledger.write(entry(document.get("id").asText(), fate, null));
        if (keepRemoved) {
            removed.write(entry(document.get("id").asText(), fate, document.get("text").asText()));
        }
    }

    private static byte[] entry(String id, String fate, @Nullable String text) throws IOException {
        int tab = fate.indexOf(Fates.OF);
        var entry = new LinkedHashMap<String, Object>();
        if (text != null) {
            entry.put("text", text);
        }
        entry.put("id", id);
        entry.put("step", fate.substring(0, tab));
        entry.put("reason", "duplicate");
        entry.put("of", fate.substring(tab + 1));
        return PieceRun.line(entry);
    }

    private static void copy(Path from, ShardWriter to) throws IOException {
        try (var lines = LineFile.open(from)) {
            while (lines.next()) {
                to.write(lines.line());
            }
        }
    }
}
