package io.tornadogpt.curation.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// What a run left, to be looked at.
///
/// @param path of the folder
/// @param manifest that stands in it
public record CuratedFolder(Path path, Manifest manifest) {
    private static final List<String> PARTS = List.of("train", "heldout", "removed");

    /// @throws IllegalArgumentException where the folder is none that a run left
    public static CuratedFolder open(Path path) throws IOException {
        if (!Files.isRegularFile(path.resolve(Manifest.FILE))) {
            throw new IllegalArgumentException(
                    "%s has no %s; give a folder that curation has written"
                            .formatted(path, Manifest.FILE));
        }
        try {
            return new CuratedFolder(path, Manifest.read(path));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "%s is damaged (%s); curate anew"
                            .formatted(
                                    path.resolve(Manifest.FILE),
                                    e.getOriginalMessage().lines().findFirst().orElse("")),
                    e);
        }
    }

    /// Random documents, each with the same probability.
    ///
    /// @param part `train`, `heldout` or `removed`
    /// @param count at most
    /// @param seed the same one gives the same documents
    public List<CuratedDocument> sample(String part, int count, long seed) throws IOException {
        if (!PARTS.contains(part)) {
            throw new IllegalArgumentException(
                    "there is no part '%s'; the parts are %s"
                            .formatted(part, String.join(", ", PARTS)));
        }
        var random = new Random(seed);
        var chosen = new ArrayList<JsonNode>();
        long seen = 0;
        for (Manifest.ShardFile file : manifest.files()) {
            if (!file.file().startsWith(part + "/")) {
                continue;
            }
            try (var lines = LineFile.open(path.resolve(file.file()))) {
                while (lines.next()) {
                    seen++;
                    // Reservoir sampling (Vitter 1985, algorithm R).
                    long place = chosen.size() < count ? chosen.size() : random.nextLong(seen);
                    if (place < count) {
                        JsonNode row = Json.MAPPER.readTree(lines.text());
                        if (place == chosen.size()) {
                            chosen.add(row);
                        } else {
                            chosen.set((int) place, row);
                        }
                    }
                }
            }
        }
        return chosen.stream().map(CuratedFolder::document).toList();
    }

    private static CuratedDocument document(JsonNode row) {
        JsonNode history = row.get("history");
        if (row.has("step")) {
            history = ((ObjectNode) row.deepCopy()).without(List.of("id", "text"));
        }
        return new CuratedDocument(
                row.path("id").asText(),
                row.path("text").asText(),
                row.has("metadata") ? row.get("metadata").toString() : "",
                history == null ? "" : history.toString());
    }

    /// A page that compares runs, that needs no other file.
    public static String compare(List<CuratedFolder> folders) {
        return CurationReport.compared(
                folders.stream().map(folder -> folder.path.toString()).toList(),
                folders.stream().map(CuratedFolder::manifest).toList());
    }
}
