package io.tornadogpt.finetune.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.trainer.data.DataFileException;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/// Tables of text, read by the rules of pandas' `read_csv`: a field that begins with a double quote
/// ends at the next one that is not doubled, and may hold separators and line breaks; what follows
/// up to the separator belongs to it; quotes elsewhere are characters. Empty lines are passed over.
final class Table {
    private static final int MOST_NAMED = 6;

    private Table() {}

    /// @param columns names that the first line has if it is a header
    static List<DataRow> read(Path file, char separator, Header header, List<String> columns)
            throws IOException {
        CSVFormat format =
                CSVFormat.DEFAULT
                        .builder()
                        .setDelimiter(separator)
                        .setTrailingData(true)
                        .setIgnoreEmptyLines(true)
                        .get();
        var rows = new ArrayList<DataRow>();
        try (CSVParser parser = format.parse(Files.newBufferedReader(file))) {
            Iterator<CSVRecord> records = parser.iterator();
            List<String> names = List.of();
            long line = 1;
            while (records.hasNext()) {
                CSVRecord record = records.next();
                List<String> values = values(record, rows.isEmpty() && names.isEmpty());
                if (names.isEmpty()) {
                    names = header(file, header, columns, values);
                    if (names.equals(values)) {
                        line = parser.getCurrentLineNumber() + 1;
                        continue;
                    }
                }
                rows.add(row(file, line, names, values));
                line = parser.getCurrentLineNumber() + 1;
            }
        } catch (UncheckedIOException e) {
            throw unreadable(file, rows.size(), Objects.requireNonNull(e.getCause()));
        } catch (CharacterCodingException e) {
            throw unreadable(file, rows.size(), e);
        }
        return rows;
    }

    private static DataFileException unreadable(Path file, int rows, IOException e) {
        boolean encoding = e instanceof CharacterCodingException;
        return new DataFileException(
                file,
                "the table",
                encoding
                        ? "is not UTF-8 behind its first %d rows".formatted(rows)
                        : "ends within a field behind its first %d rows: %s"
                                .formatted(rows, String.valueOf(e.getMessage())),
                encoding ? "save it in that encoding" : "close the quote, or double it",
                e);
    }

    private static List<String> values(CSVRecord record, boolean first) {
        var values = new ArrayList<String>(record.toList());
        if (first && !values.isEmpty() && values.getFirst().startsWith("\uFEFF")) {
            values.set(0, values.getFirst().substring(1)); // a byte order mark
        }
        return values;
    }

    /// Names of the columns: the first line, or numbers from 1.
    private static List<String> header(
            Path file, Header header, List<String> columns, List<String> first)
            throws DataFileException {
        boolean named =
                switch (header) {
                    case YES -> true;
                    case NO -> false;
                    case AUTO -> first.stream().anyMatch(columns::contains);
                };
        if (named) {
            var seen = new HashSet<String>();
            for (String name : first) {
                if (!seen.add(name)) {
                    throw new DataFileException(
                            file,
                            "line 1",
                            "names two columns %s".formatted(BadFileException.quote(name)),
                            "call one of them otherwise");
                }
            }
            return first;
        }
        var numbers = new ArrayList<String>();
        for (int i = 1; i <= first.size(); i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }

    private static DataRow row(Path file, long line, List<String> names, List<String> values)
            throws DataFileException {
        if (values.size() != names.size()) {
            throw new DataFileException(
                    file,
                    "line " + line,
                    "has %d fields, and the table has %d columns: %s"
                            .formatted(
                                    values.size(),
                                    names.size(),
                                    String.join(
                                            ", ",
                                            names.subList(0, Math.min(MOST_NAMED, names.size())))),
                    "correct the line; a field that holds a separator stands in double quotes");
        }
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < names.size(); i++) {
            fields.put(names.get(i), values.get(i));
        }
        return new DataRow(file, line, fields);
    }
}
