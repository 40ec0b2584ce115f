package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.Storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/// Where a run keeps what it has done so far, beside where its result will be.
///
/// @param path `.NAME.curating` beside the result
/// @param storage the disk
record WorkDirectory(Path path, Storage storage) {
    WorkDirectory(Path path) {
        this(path, Storage.DISK);
    }

    static WorkDirectory of(Path out, Storage storage) {
        Path target = out.toAbsolutePath().normalize();
        return new WorkDirectory(
                target.resolveSibling("." + target.getFileName() + ".curating"), storage);
    }

    /// Makes the folders that the work needs.
    void prepare() throws IOException {
        for (String folder : List.of("partial", "plan", "documents", "fates", "shards")) {
            Files.createDirectories(path.resolve(folder));
        }
    }

    /// Takes away what a run left that was killed, once no other one writes here.
    void clean() throws IOException {
        try (var partial = Files.newDirectoryStream(path.resolve("partial"))) {
            for (Path file : partial) {
                storage.delete(file);
            }
        }
    }

    /// Begins a file in it, which is there whole or not at all.
    StoredFile create(Path file) throws IOException {
        Path partial = path.resolve("partial").resolve(UUID.randomUUID().toString());
        return StoredFile.create(storage, file, partial);
    }

    /// Writes a file in it, which is there whole or not at all.
    void write(Path file, byte[] bytes) throws IOException {
        StoredFile stored = create(file);
        try {
            stored.write(bytes);
            stored.close();
        } finally {
            stored.abandon();
        }
    }

    /// What the run was begun with.
    Path run() {
        return path.resolve("run.json");
    }

    Path plan(int piece) {
        return path.resolve("plan").resolve(name(piece) + ".json");
    }

    /// Documents that went through the steps for single ones.
    Path documents(int piece) {
        return path.resolve("documents").resolve(name(piece) + ".jsonl.zst");
    }

    Path signatures(int piece) {
        return path.resolve("documents").resolve(name(piece) + ".signatures");
    }

    /// Their ids, one a line.
    Path ids(int piece) {
        return path.resolve("documents").resolve(name(piece) + ".ids.zst");
    }

    /// What becomes of each of them, one a line.
    Path fates(int piece) {
        return path.resolve("fates").resolve(name(piece) + ".zst");
    }

    /// The hashes of their passages.
    ///
    /// @param step the number of the step among those that take out passages
    Path passages(int piece, int step) {
        return path.resolve("documents").resolve(name(piece) + ".passages" + step);
    }

    /// Which of these are taken out.
    Path cuts(int piece, int step) {
        return path.resolve("fates").resolve(name(piece) + ".cuts" + step);
    }

    /// Written last, so that where it stands the piece is done.
    Path counts(int piece) {
        return path.resolve("documents").resolve(name(piece) + ".json");
    }

    /// What was removed, without texts.
    Path ledger(int piece) {
        return path.resolve("documents").resolve(name(piece) + ".ledger.jsonl.zst");
    }

    /// What was removed, with texts.
    Path removedTexts(int piece) {
        return path.resolve("documents").resolve(name(piece) + ".removed.jsonl.zst");
    }

    /// What will be the result.
    Path result() {
        return path.resolve("result");
    }

    /// What will be the folder of removed texts.
    Path removed() {
        return path.resolve("removed");
    }

    /// Counts of a shard that was written.
    Path shard(int piece) {
        return path.resolve("shards").resolve(name(piece) + ".json");
    }

    static String name(int piece) {
        String number = Integer.toString(piece);
        return "0".repeat(Math.max(0, 5 - number.length())) + number;
    }
}
