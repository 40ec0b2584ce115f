package io.tornadogpt.trainer.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.trainer.data.DataFileException;
import io.tornadogpt.trainer.json.StrictMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Something that a task found out at the end of a run, as a table: `results.json` holds a list of
/// them, and the report shows them.
///
/// @param caption what it says
/// @param columns their heads
/// @param rows as many cells each as there are columns; the first is the row's head
public record ResultTable(
        @JsonProperty(required = true) String caption,
        @JsonProperty(required = true) List<String> columns,
        @JsonProperty(required = true) List<List<String>> rows) {
    public ResultTable {
        Objects.requireNonNull(caption, "caption");
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
        for (List<String> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException(
                        "a row of %d cells in a table of %d columns"
                                .formatted(row.size(), columns.size()));
            }
        }
    }

    /// Writes tables to a file.
    public static void write(Path file, List<ResultTable> tables) throws IOException {
        byte[] json = StrictMapper.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(tables);
        AtomicFile.write(file, json);
    }

    /// Reads what [#write] wrote; nothing where there is no file.
    ///
    /// @throws DataFileException where it is not as written
    public static List<ResultTable> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            return List.of(StrictMapper.read(Files.readAllBytes(file), ResultTable[].class));
        } catch (JsonProcessingException e) {
            throw new DataFileException(
                    file,
                    "the file",
                    "is not as expected (" + StrictMapper.reason(e) + ")",
                    "repair or remove it",
                    e);
        }
    }
}
