package io.tornadogpt.curation.planted;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.airlift.compress.v3.zstd.ZstdInputStream;
import io.tornadogpt.curation.run.CuratedFolder;
import io.tornadogpt.curation.run.Manifest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/// Reads the rows of a curated folder, with nothing of what is tested but the list of its files.
final class CuratedRows {
    private static final JsonMapper MAPPER = new JsonMapper();

    private CuratedRows() {}

    static List<JsonNode> of(CuratedFolder folder, String part) throws IOException {
        var rows = new ArrayList<JsonNode>();
        for (Manifest.ShardFile file : folder.manifest().files()) {
            if (!file.file().startsWith(part + "/")) {
                continue;
            }
            try (var in =
                    new BufferedReader(
                            new InputStreamReader(
                                    new ZstdInputStream(
                                            Files.newInputStream(
                                                    folder.path().resolve(file.file()))),
                                    StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    rows.add(MAPPER.readTree(line));
                }
            }
        }
        return rows;
    }
}
