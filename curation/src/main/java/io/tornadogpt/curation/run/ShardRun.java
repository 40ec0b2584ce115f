package io.tornadogpt.curation.run;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.curation.step.Mix;
import io.tornadogpt.curation.step.PassageStep;
import io.tornadogpt.curation.step.Passages;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes the shards of a piece.
///
/// Used by one thread at a time.
final class ShardRun implements AutoCloseable {
    /// What the steps that look at all documents ask for here.
    ///
    /// @param passages steps that take out passages, by name
    /// @param mix how often documents are written; `null` for once
    /// @param longs numbers in a signature
    /// @param keepRemoved whether texts are kept that were removed
    record Work(
            Map<String, PassageStep> passages, @Nullable Mix mix, int longs, boolean keepRemoved) {}

    /// What was written of a piece.
    ///
    /// @param files in the result
    /// @param train documents
    /// @param heldOut documents
    /// @param steps what those did that look at all documents
    record Written(
            List<Manifest.ShardFile> files, long train, long heldOut, List<StepCounts> steps) {}

    private final WorkDirectory directory;
    private final int piece;
    private final Work work;
    private final Map<String, StepCounts> counts = new TreeMap<>();
    private final ShardWriter train;
    private final ShardWriter heldOut;
    private final ShardWriter ledger;
    private final ShardWriter removed;
    private long trainDocuments;
    private long trainCharacters;
    private long heldOutCharacters;

    ShardRun(WorkDirectory directory, int piece, Work work) {
        this.directory = directory;
        this.piece = piece;
        this.work = work;
        String name = WorkDirectory.name(piece) + ".jsonl.zst";
        Path result = directory.result();
        this.train = new ShardWriter(directory, result.resolve("train").resolve(name));
        this.heldOut = new ShardWriter(directory, result.resolve("heldout").resolve(name));
        this.ledger = new ShardWriter(directory, result.resolve("removed").resolve(name));
        this.removed = new ShardWriter(directory, directory.removed().resolve(name));
    }

    /// A document as the steps for single ones left it.
    private record Entry(byte[] line, String id, String fate, long checksum, long characters) {}

    void run() throws IOException {
        copy(directory.ledger(piece), ledger);
        if (work.keepRemoved()) {
            copy(directory.removedTexts(piece), removed);
        }
        var cuts = new ArrayList<PassageFile>();
        try (var documents = LineFile.open(directory.documents(piece));
                var ids = LineFile.open(directory.ids(piece));
                var fates = LineFile.open(directory.fates(piece));
                var signatures = SignatureFile.open(directory.signatures(piece), work.longs())) {
            for (int step = 0; step < work.passages().size(); step++) {
                cuts.add(PassageFile.open(directory.cuts(piece, step)));
            }
            while (documents.next() && ids.next() && fates.next() && signatures.next()) {
                var chosen = new ArrayList<BitSet>();
                for (PassageFile ofStep : cuts) {
                    chosen.add(ofStep.cuts());
                }
                var entry =
                        new Entry(
                                documents.line(),
                                ids.text(),
                                fates.text(),
                                signatures.get(Signature.EXACT),
                                signatures.get(Signature.CHARACTERS));
                if (PieceFates.stays(entry.fate)) {
                    stays(withoutPassages(entry, chosen));
                } else {
                    int tab = entry.fate.indexOf(PieceFates.OF);
                    String of = entry.fate.substring(tab + 1);
                    removed(entry, entry.fate.substring(0, tab), "duplicate", of);
                }
            }
        } finally {
            for (PassageFile ofStep : cuts) {
                ofStep.close();
            }
        }
        for (ShardWriter writer : List.of(train, heldOut, ledger, removed)) {
            writer.finish();
        }
        directory.write(directory.shard(piece), Json.MAPPER.writeValueAsBytes(written()));
    }

    private StepCounts of(String step) {
        return counts.computeIfAbsent(step, StepCounts::new);
    }

    private void stays(@Nullable Entry entry) throws IOException {
        if (entry == null) {
            return;
        }
        if (entry.fate.equals(PieceFates.HELD_OUT)) {
            heldOut.write(entry.line);
            heldOutCharacters += entry.characters;
            return;
        }
        int copies = work.mix() == null ? 1 : work.mix().copies(entry.id, entry.checksum);
        if (copies == 0) {
            removed(entry, "mix", "weight", "");
            return;
        }
        if (copies > 1) {
            of("mix").changed(Map.of("copies", copies - 1));
        }
        for (int i = 0; i < copies; i++) {
            train.write(entry.line);
        }
        trainDocuments++;
        trainCharacters += copies * entry.characters;
    }

    /// The document without what stood in the corpus before; `null` where nothing is left of it.
    private @Nullable Entry withoutPassages(Entry entry, List<BitSet> chosen) throws IOException {
        if (chosen.stream().allMatch(BitSet::isEmpty)) {
            return entry;
        }
        var document = (ObjectNode) Json.MAPPER.readTree(entry.line);
        String text = document.get("text").asText();
        var marked = new BitSet(text.length());
        var taken = new LinkedHashMap<String, Integer>();
        int step = 0;
        for (Map.Entry<String, PassageStep> named : work.passages().entrySet()) {
            BitSet own = chosen.get(step++);
            if (!own.isEmpty()) {
                named.getValue().passages(text).mark(own, marked);
                taken.put(named.getKey(), own.cardinality());
            }
        }
        String left = Passages.without(text, marked);
        if (left.isBlank()) {
            removed(entry, taken.keySet().iterator().next(), "nothingLeft", "");
            return null;
        }
        document.put("text", left);
        ObjectNode history =
                document.get("history") instanceof ObjectNode there
                        ? there
                        : document.putObject("history");
        taken.forEach(
                (name, passages) -> {
                    history.putObject(name).put("passages", passages);
                    of(name).changed(Map.of("passages", passages));
                });
        byte[] line = (document + "\n").getBytes(StandardCharsets.UTF_8);
        return new Entry(line, entry.id, entry.fate, entry.checksum, left.length());
    }

    /// @param of the document that stays in its place; empty where there is none
    private void removed(Entry entry, String step, String reason, String of) throws IOException {
        of(step).removed(reason, entry.characters);
        ledger.write(row(entry.id, step, reason, of, null));
        if (work.keepRemoved()) {
            String text = Json.MAPPER.readTree(entry.line).get("text").asText();
            removed.write(row(entry.id, step, reason, of, text));
        }
    }

    private static byte[] row(
            String id, String step, String reason, String of, @Nullable String text)
            throws IOException {
        var row = new LinkedHashMap<String, Object>();
        if (text != null) {
            row.put("text", text);
        }
        row.put("id", id);
        row.put("step", step);
        row.put("reason", reason);
        if (!of.isEmpty()) {
            row.put("of", of);
        }
        return PieceRun.line(row);
    }

    private Written written() throws IOException {
        var files = new ArrayList<Manifest.ShardFile>();
        add(files, "train", train, trainCharacters);
        add(files, "heldout", heldOut, heldOutCharacters);
        add(files, "removed", ledger, 0);
        return new Written(files, trainDocuments, heldOut.lines(), List.copyOf(counts.values()));
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

    private static void copy(Path from, ShardWriter to) throws IOException {
        try (var lines = LineFile.open(from)) {
            while (lines.next()) {
                to.write(lines.line());
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (ShardWriter writer : List.of(train, heldOut, ledger, removed)) {
            writer.close();
        }
    }
}
