package io.tornadogpt.curation.step;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.tornadogpt.core.files.BadFileException;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// Files that a step needs beside its settings: rows of JSON, JSONL, CSV and TSV with names for
/// their columns, or lines of text. They are read when a run begins; what is wrong with one ends
/// it.
final class TextFile {
    private static final ObjectReader VALUES = new JsonMapper().readerFor(JsonNode.class);

    private final String setting;
    private final Path file;

    /// @param setting that names the file
    TextFile(String setting, String file) {
        this.setting = setting;
        this.file = Path.of(file);
        if (file.isEmpty() || !Files.isRegularFile(this.file)) {
            throw new IllegalArgumentException(
                    "%s is %s, which is no file; check the path"
                            .formatted(setting, BadFileException.quote(file)));
        }
    }

    private String ending() {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /// Each line that is not blank and does not begin with `#`, without white space around it.
    void lines(Consumer<String> to) throws IOException {
        plain(
                line -> {
                    String stripped = line.strip();
                    if (!stripped.isEmpty() && !stripped.startsWith("#")) {
                        to.accept(stripped);
                    }
                });
    }

    private void plain(Consumer<String> to) throws IOException {
        try (BufferedReader in = Files.newBufferedReader(file)) {
            in.lines().forEach(to);
        } catch (CharacterCodingException e) {
            throw bad("is not UTF-8", e);
        } catch (UncheckedIOException e) {
            throw bad("is not UTF-8", e);
        }
    }

    /// Every text of the file: of rows all values that are texts, at any depth; or each line.
    void texts(Consumer<String> to) throws IOException {
        switch (ending()) {
            case "json", "jsonl", "ndjson" -> values(value -> texts(value, to));
            case "csv", "tsv" -> rows(row -> row.values().forEach(to));
            default -> plain(to);
        }
    }

    private static void texts(JsonNode value, Consumer<String> to) {
        if (value.isTextual()) {
            to.accept(value.asText());
        } else {
            value.forEach(child -> texts(child, to));
        }
    }

    /// Each row by the names of its columns; numbers are texts too.
    void rows(Consumer<Map<String, String>> to) throws IOException {
        switch (ending()) {
            case "json", "jsonl", "ndjson" -> values(value -> to.accept(row(value)));
            case "csv" -> table(',', to);
            case "tsv" -> table('\t', to);
            default ->
                    throw new IllegalArgumentException(
                            "%s is %s; give a file that ends with .jsonl, .json, .csv or .tsv"
                                    .formatted(setting, file));
        }
    }

    private static Map<String, String> row(JsonNode value) {
        var row = new LinkedHashMap<String, String>();
        value.properties().forEach(field -> row.put(field.getKey(), field.getValue().asText()));
        return row;
    }

    private void values(Consumer<JsonNode> to) throws IOException {
        try (MappingIterator<JsonNode> values = VALUES.readValues(file.toFile())) {
            while (values.hasNextValue()) {
                JsonNode value = values.nextValue();
                if (value.isArray()) {
                    value.forEach(to);
                } else {
                    to.accept(value);
                }
            }
        } catch (JsonProcessingException e) {
            throw bad("is not JSON (" + e.getOriginalMessage() + ")", e);
        }
    }

    private void table(char delimiter, Consumer<Map<String, String>> to) throws IOException {
        CSVFormat format =
                CSVFormat.DEFAULT
                        .builder()
                        .setDelimiter(delimiter)
                        .setHeader()
                        .setSkipHeaderRecord(true)
                        .setQuote(delimiter == '\t' ? null : '"')
                        .get();
        try (CSVParser parser =
                CSVParser.builder()
                        .setPath(file)
                        .setCharset(StandardCharsets.UTF_8)
                        .setFormat(format)
                        .get()) {
            for (CSVRecord record : parser) {
                to.accept(record.toMap());
            }
        } catch (UncheckedIOException | IllegalArgumentException | IllegalStateException e) {
            throw bad("is no table (" + e.getMessage() + ")", e);
        }
    }

    private IllegalArgumentException bad(String what, Exception cause) {
        return new IllegalArgumentException(
                "%s: the file %s %s; correct it".formatted(setting, file, what), cause);
    }

    /// A column that a row has to have.
    String require(Map<String, String> row, String column) {
        String value = row.get(column);
        if (value == null) {
            throw new IllegalArgumentException(
                    "%s: a row of %s has no field '%s' (it has %s); add it"
                            .formatted(setting, file, column, String.join(", ", row.keySet())));
        }
        return value;
    }
}
