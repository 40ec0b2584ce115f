package io.tornadogpt.finetune.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.trainer.data.DataFileException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One row of a file: its fields, and where it stands.
///
/// @param file that it was read from
/// @param line on which it begins, from 1
/// @param fields by name; those of a table are all text
public record DataRow(Path file, long line, ObjectNode fields) {
    private static final int MOST_NAMED = 12;

    /// Whether there is a field of that name that is not null.
    public boolean has(String name) {
        return fields.hasNonNull(name);
    }

    /// A field.
    ///
    /// @throws DataFileException where there is none
    public JsonNode get(String name) throws DataFileException {
        JsonNode value = fields.get(name);
        if (value == null || value.isNull()) {
            throw bad(
                    "has no field %s; it has %s".formatted(BadFileException.quote(name), names()),
                    "add it, or say which fields are meant");
        }
        return value;
    }

    /// A field of text.
    ///
    /// @throws DataFileException where there is none
    public String text(String name) throws DataFileException {
        JsonNode value = get(name);
        if (!value.isTextual()) {
            throw bad(
                    "has no text in the field %s, but %s"
                            .formatted(BadFileException.quote(name), kind(value)),
                    "write a string there");
        }
        return value.textValue();
    }

    /// A field that is a text, a number or a truth value, as text: a label may be each of these.
    ///
    /// @throws DataFileException where there is none
    public String word(String name) throws DataFileException {
        JsonNode value = get(name);
        if (!value.isValueNode()) {
            throw bad(
                    "has %s in the field %s".formatted(kind(value), BadFileException.quote(name)),
                    "write a string or a number there");
        }
        return value.asText();
    }

    private static String kind(JsonNode value) {
        return "a value of the kind " + value.getNodeType().toString().toLowerCase(Locale.ROOT);
    }

    private String names() {
        var names = new ArrayList<String>();
        fields.fieldNames().forEachRemaining(name -> names.add(BadFileException.quote(name)));
        List<String> shown = names.subList(0, Math.min(MOST_NAMED, names.size()));
        return shown.isEmpty()
                ? "none"
                : String.join(", ", shown) + (shown.size() < names.size() ? ", ..." : "");
    }

    /// What is wrong with the row.
    ///
    /// @param problem the rest of a sentence that the row begins
    /// @param remedy what to do next, in the imperative
    public DataFileException bad(String problem, String remedy) {
        return new DataFileException(file, "line " + line, problem, remedy);
    }

    /// Where the row stands, for people: `rows.jsonl, line 12`.
    public String place() {
        return file + ", line " + line;
    }

    /// The row as JSON, on one line.
    public String json() {
        return fields.toString();
    }
}
