package io.tornadogpt.curation.read;

import java.util.Locale;
import java.util.Set;

/// What a file holds, by its name.
enum FileKind {
    /// The whole file is a document; so is Markdown, and a source.
    TEXT,
    /// A page.
    HTML,
    /// An object a line.
    JSON_LINES,
    /// A list of objects, or objects one behind another.
    JSON,
    /// A table with commas.
    CSV,
    /// A table with tabs.
    TSV,
    /// A table of columns.
    PARQUET,
    /// A web archive.
    WARC,
    /// Mails one behind another.
    MBOX,
    /// One mail.
    MAIL,
    /// An archive of files.
    ZIP;

    /// How a file is compressed.
    enum Compression {
        NONE,
        GZIP,
        ZSTD
    }

    private static final Set<String> PAGES = Set.of("html", "htm", "xhtml");
    private static final Set<String> LINES = Set.of("jsonl", "ndjson");

    static Compression compression(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".gz")) {
            return Compression.GZIP;
        }
        return lower.endsWith(".zst") || lower.endsWith(".zstd")
                ? Compression.ZSTD
                : Compression.NONE;
    }

    static FileKind of(String name) {
        String ending = ending(name);
        if (PAGES.contains(ending)) {
            return HTML;
        }
        if (LINES.contains(ending)) {
            return JSON_LINES;
        }
        return switch (ending) {
            case "json" -> JSON;
            case "csv" -> CSV;
            case "tsv" -> TSV;
            case "parquet" -> PARQUET;
            case "warc" -> WARC;
            case "mbox" -> MBOX;
            case "eml" -> MAIL;
            case "zip" -> ZIP;
            default -> TEXT;
        };
    }

    /// What stands behind the last dot of a name, that of compression aside, in small letters.
    static String ending(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (compression(lower) != Compression.NONE) {
            lower = lower.substring(0, lower.lastIndexOf('.'));
        }
        String last = lower.substring(lower.lastIndexOf('/') + 1);
        int dot = last.lastIndexOf('.');
        return dot < 0 ? "" : last.substring(dot + 1);
    }
}
