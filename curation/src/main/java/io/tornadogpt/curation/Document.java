package io.tornadogpt.curation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// A text, and where it comes from.
///
/// @param id names the document in its corpus: the file, then `#` and the document's number in it.
///   The order of ids is the order in which documents are read
/// @param text what a model is to learn
/// @param metadata what the source says beside the text, as values of JSON
public record Document(String id, String text, Map<String, Object> metadata) {
    private static final int DIGITS = 9;

    public Document {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /// The document at a place in a file.
    ///
    /// @param source the file, with `/` between folders, beginning with the name of the folder or
    ///   file that was given
    /// @param row counted from 0
    public static Document of(String source, long row, String text, Map<String, Object> metadata) {
        String number = Long.toString(row);
        String padded = "0".repeat(Math.max(0, DIGITS - number.length())) + number;
        return new Document(oneLine(source) + "#" + padded, text, metadata);
    }

    /// A file's name may hold the end of a line, and lists of ids have one a line.
    private static String oneLine(String source) {
        boolean control = source.chars().anyMatch(c -> c < ' ');
        return control ? source.replaceAll("[\\x00-\\x1F]", "\uFFFD") : source;
    }

    /// The same document with another text.
    public Document withText(String changed) {
        return new Document(id, changed, metadata);
    }

    /// The same document with one more value beside its text.
    public Document with(String key, Object value) {
        var more = new LinkedHashMap<>(metadata);
        more.put(key, value);
        return new Document(id, text, more);
    }

    /// The file that it was read from.
    public String source() {
        return id.substring(0, id.lastIndexOf('#'));
    }
}
