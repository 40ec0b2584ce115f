package io.tornadogpt.curation.run;

import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.curation.read.Problem;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What a run left, in `manifest.json`: the same bytes for the same input and recipe, on however
/// many threads or machines.
///
/// @param recipe its name
/// @param recipeSha256 the checksum of `recipe.json` beside it
/// @param input what was read
/// @param documents what became of documents
/// @param steps what each step did, in their order
/// @param files what was written
/// @param problemKinds input that was passed over, by kind
/// @param problems the first thousand of these
/// @param lengths documents of both parts by the power of two below their number of words
/// @param languages documents by the language that a step found
/// @param clusterSizes clusters of duplicates by the number of their documents
/// @param tokens of each part, where token files were written
public record Manifest(
        String recipe,
        Sha256 recipeSha256,
        Input input,
        Counts documents,
        List<Step> steps,
        List<ShardFile> files,
        Map<String, Long> problemKinds,
        List<Problem> problems,
        Map<Integer, Long> lengths,
        Map<String, Long> languages,
        Map<Integer, Long> clusterSizes,
        Map<String, Long> tokens) {
    /// The file's name.
    public static final String FILE = "manifest.json";

    /// What was read.
    ///
    /// @param files how many
    /// @param bytes of these
    /// @param documents in them
    /// @param characters of these
    public record Input(long files, long bytes, long documents, long characters) {}

    /// What became of documents; the three numbers add up to those that were read.
    ///
    /// @param train documents to train on; one that is written several times counts once
    /// @param heldOut documents put aside
    /// @param removed documents that are in neither
    public record Counts(long train, long heldOut, long removed) {}

    /// What a step did.
    ///
    /// @param step its name
    /// @param documents that came to it
    /// @param changed of these
    /// @param removed of these
    /// @param reasons of removals
    /// @param changes by kind, several of which may be in one document
    public record Step(
            String step,
            long documents,
            long changed,
            long removed,
            Map<String, Long> reasons,
            Map<String, Long> changes) {}

    /// A file of the result.
    ///
    /// @param file its path in the folder
    /// @param sha256 of its contents
    /// @param bytes of it
    /// @param documents lines in it
    /// @param characters of their texts
    public record ShardFile(
            String file, Sha256 sha256, long bytes, long documents, long characters) {}

    byte[] json() throws IOException {
        byte[] bytes = Json.PRETTY.writeValueAsBytes(this);
        byte[] lines = java.util.Arrays.copyOf(bytes, bytes.length + 1);
        lines[bytes.length] = '\n';
        return lines;
    }

    /// Reads the manifest of a folder that a run left.
    ///
    /// @throws IOException where there is none, or it is damaged
    public static Manifest read(Path folder) throws IOException {
        return Json.MAPPER.readValue(folder.resolve(FILE).toFile(), Manifest.class);
    }
}
