package io.tornadogpt.curation.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.curation.Document;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Rows of JSON and of tables: one field is the text, the others are metadata.
final class Rows {
    private static final ObjectReader ROW =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build()
                    .readerFor(new TypeReference<LinkedHashMap<String, Object>>() {});
    private static final ObjectReader VALUES =
            new JsonMapper().readerFor(new TypeReference<LinkedHashMap<String, Object>>() {});

    private final Slice slice;
    private final Reading reading;
    private final Receiver to;

    Rows(Slice slice, Reading reading, Receiver to) {
        this.slice = slice;
        this.reading = reading;
        this.to = to;
    }

    /// An object a line; empty lines are passed over, and have a number.
    void lines(InputStream in) throws IOException {
        var lines = new LineInput(in, reading.documentBytes());
        for (long row = slice.firstRow(); lines.next(); row++) {
            if (lines.tooLong()) {
                problem(
                        row,
                        "tooLong",
                        "the row has %d bytes, more than the %d of reading.documentBytes"
                                .formatted(lines.whole(), reading.documentBytes()));
                continue;
            }
            try {
                String line = Decoding.text(lines.bytes(), lines.length());
                if (!line.isBlank()) {
                    row(row, ROW.readValue(line));
                }
            } catch (BadInputException e) {
                problem(row, e.kind(), message(e));
            } catch (JsonProcessingException e) {
                problem(row, "notJson", "the row is not a JSON object: " + firstLine(e));
            }
        }
    }

    /// A list of objects, or objects one behind another.
    void values(InputStream in) throws IOException {
        long row = 0;
        try (MappingIterator<Map<String, Object>> values = VALUES.readValues(in)) {
            while (values.hasNextValue()) {
                row(row++, values.nextValue());
            }
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    "notJson",
                    "value %d is not a JSON object, and what follows is not read: %s"
                            .formatted(row, firstLine(e)));
        }
    }

    private static String firstLine(JsonProcessingException e) {
        return e.getOriginalMessage().lines().findFirst().orElse("");
    }

    void row(long row, Map<String, Object> fields) throws IOException {
        Object text = fields.get(reading.textField());
        if (!(text instanceof String string)) {
            String names = String.join(", ", fields.keySet());
            problem(
                    row,
                    "noText",
                    text == null
                            ? "the row has no field '%s' (it has %s); set reading.textField"
                                    .formatted(
                                            reading.textField(), names.isEmpty() ? "none" : names)
                            : "the field '%s' is no text".formatted(reading.textField()));
            return;
        }
        if (!isWellFormed(string)) {
            problem(row, "notUtf8", "the text holds half of a surrogate pair");
            return;
        }
        fields.remove(reading.textField());
        to.document(Document.of(slice.source(), row, string, fields));
    }

    private static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair =
                        Character.isHighSurrogate(c)
                                && i + 1 < text.length()
                                && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    /// A table. The first row names the columns, unless the text's column is given as a number.
    void table(InputStream in, char delimiter) throws IOException {
        var decoder =
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        CSVFormat format =
                CSVFormat.DEFAULT
                        .builder()
                        .setDelimiter(delimiter)
                        .setIgnoreEmptyLines(true)
                        .setQuote(delimiter == '\t' ? null : '"')
                        .get();
        boolean numbered = reading.textField().matches("[1-9]\\d{0,3}");
        List<String> names = null;
        long row = 0;
        try (Reader reader = new InputStreamReader(in, decoder);
                CSVParser parser = CSVParser.builder().setReader(reader).setFormat(format).get()) {
            for (CSVRecord record : parser) {
                if (!numbered && names == null) {
                    names = header(record);
                } else {
                    row(row++, fields(record, names));
                }
            }
        } catch (UncheckedIOException | IllegalStateException e) {
            throw new BadInputException(
                    "badTable",
                    "row %d cannot be read, and what follows is not: %s"
                            .formatted(row, e.getMessage()));
        }
    }

    private List<String> header(CSVRecord record) throws BadInputException {
        List<String> names = record.toList();
        if (!names.isEmpty() && names.getFirst().startsWith("\uFEFF")) {
            names = new java.util.ArrayList<>(names);
            names.set(0, names.getFirst().substring(1));
        }
        if (!names.contains(reading.textField())) {
            throw new BadInputException(
                    "noText",
                    "the table has no column %s (its first row is %s); set reading.textField to a name, or to a number where columns have none"
                            .formatted(
                                    BadFileException.quote(reading.textField()),
                                    BadFileException.quote(String.join(", ", names))));
        }
        return names;
    }

    private static Map<String, Object> fields(
            CSVRecord record, @org.jspecify.annotations.Nullable List<String> names) {
        var fields = new LinkedHashMap<String, Object>();
        for (int i = 0; i < record.size(); i++) {
            String name =
                    names != null && i < names.size() ? names.get(i) : Integer.toString(i + 1);
            fields.put(name, record.get(i));
        }
        return fields;
    }

    private void problem(long row, String kind, String detail) throws IOException {
        to.problem(new Problem(slice.source() + "#" + row, kind, detail));
    }

    private static String message(Exception e) {
        return String.valueOf(e.getMessage());
    }
}
