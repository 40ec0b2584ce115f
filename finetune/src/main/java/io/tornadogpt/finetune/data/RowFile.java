package io.tornadogpt.finetune.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.trainer.data.DataFileException;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Reads files of rows: a JSON array of objects (`.json`), an object a line (`.jsonl`, `.ndjson`,
/// and `.json` too), or a table (`.csv`, `.tsv`).
public final class RowFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String CSV = "csv";
    private static final String TSV = "tsv";
    private static final Set<String> KNOWN = Set.of("json", "jsonl", "ndjson", CSV, TSV);

    private RowFile() {}

    /// Reads all rows of a file.
    ///
    /// @param header whether the first line of a table names its columns
    /// @param columns that a table has if its first line names them, such as `text`
    /// @throws DataFileException where the file is none of these, or a row is malformed, naming its
    ///   line; where there are no rows
    public static List<DataRow> read(Path file, Header header, List<String> columns)
            throws IOException {
        requireKnown(file);
        List<DataRow> rows =
                switch (extension(file)) {
                    case CSV -> Table.read(file, ',', header, columns);
                    case TSV -> Table.read(file, '\t', header, columns);
                    default -> json(file);
                };
        if (rows.isEmpty()) {
            throw new DataFileException(
                    file, "the data", "holds no rows", "give a file with at least one");
        }
        return rows;
    }

    /// Checks that there is a file, of a kind that its name tells.
    ///
    /// @throws DataFileException where there is none
    public static void requireKnown(Path file) throws DataFileException {
        if (Files.isDirectory(file)) {
            throw new DataFileException(
                    file, "the data", "is a folder", "name a file of rows in it");
        }
        if (!Files.exists(file)) {
            throw new DataFileException(file, "the data", "does not exist", "check the path");
        }
        if (!KNOWN.contains(extension(file))) {
            throw new DataFileException(
                    file,
                    "the data",
                    "has a name that does not say what it holds",
                    "call it .json, .jsonl, .csv or .tsv");
        }
    }

    /// The end of a file's name behind the last dot, in lower case.
    public static String extension(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private static List<DataRow> json(Path file) throws IOException {
        var rows = new ArrayList<DataRow>();
        try (var in = Files.newInputStream(file);
                JsonParser parser = JSON.createParser(in)) {
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    rows.add(row(file, parser));
                }
                first = parser.nextToken();
                if (first != null) {
                    throw bad(file, line(parser), "holds something behind the end of the array");
                }
            }
            for (JsonToken token = first; token != null; token = parser.nextToken()) {
                rows.add(row(file, parser));
            }
        } catch (JsonProcessingException e) {
            long line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new DataFileException(
                    file, "line " + line, "is no JSON (" + reason(e) + ")", "correct the file", e);
        } catch (CharacterCodingException e) {
            throw new DataFileException(
                    file, "the data", "is not UTF-8", "save it in that encoding", e);
        }
        return rows;
    }

    private static String reason(JsonProcessingException e) {
        return e.getOriginalMessage().lines().findFirst().orElse("");
    }

    private static long line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private static DataRow row(Path file, JsonParser parser) throws IOException {
        long line = line(parser);
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw bad(file, line, "holds no object where a row belongs");
        }
        JsonNode value = JSON.readTree(parser);
        return new DataRow(file, line, (ObjectNode) value);
    }

    private static DataFileException bad(Path file, long line, String problem) {
        return new DataFileException(
                file, "line " + line, problem, "write one array of objects, or one object a line");
    }
}
