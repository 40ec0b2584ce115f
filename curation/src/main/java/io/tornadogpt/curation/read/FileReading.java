package io.tornadogpt.curation.read;

import io.tornadogpt.curation.Document;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipException;

/// Reads the documents of a file, in the way that its name asks for.
public final class FileReading {
    private FileReading() {}

    /// Reads a file, or some of its lines.
    ///
    /// A file that breaks off, or that is damaged, gives what comes before that, and a problem.
    ///
    /// @throws IOException what the receiver throws
    public static void read(Slice slice, Reading reading, Receiver to) throws IOException {
        var guarded = new Guarded(to);
        try {
            readAll(slice, reading, guarded);
        } catch (ReceiverException e) {
            throw e.cause;
        } catch (IOException | RuntimeException e) {
            to.problem(problem(slice, e));
        }
    }

    private static void readAll(Slice slice, Reading reading, Receiver to) throws IOException {
        FileKind kind = FileKind.of(slice.source());
        if (kind == FileKind.PARQUET) {
            new ParquetRows(slice, new Rows(slice, reading, to)).read();
            return;
        }
        try (InputStream in = InputStreams.open(slice, reading)) {
            read(slice, kind, in, reading, to);
        }
    }

    /// Reads a stream of some kind of file.
    ///
    /// @param slice names it
    static void read(Slice slice, FileKind kind, InputStream in, Reading reading, Receiver to)
            throws IOException {
        var rows = new Rows(slice, reading, to);
        switch (kind) {
            case TEXT -> text(slice, reading, in, to);
            case HTML -> page(slice, reading, in, to);
            case JSON_LINES -> rows.lines(in);
            case JSON -> rows.values(in);
            case CSV -> rows.table(in, ',');
            case TSV -> rows.table(in, '\t');
            case WARC -> new WebArchive(slice, reading, to).read(in);
            case MBOX -> new MailBox(slice, reading, to).read(in);
            case MAIL -> new MailBox(slice, reading, to).mail(in);
            case ZIP -> new ZipEntries(slice, reading, to).read(in);
            case PARQUET -> throw new IllegalStateException("it is not read as a stream");
        }
    }

    private static void text(Slice slice, Reading reading, InputStream in, Receiver to)
            throws IOException {
        byte[] bytes = InputStreams.all(in, reading);
        String text = Decoding.text(bytes, bytes.length);
        String ending = FileKind.ending(slice.source());
        Map<String, Object> metadata = ending.isEmpty() ? Map.of() : Map.of("format", ending);
        to.document(Document.of(slice.source(), 0, text, metadata));
    }

    private static void page(Slice slice, Reading reading, InputStream in, Receiver to)
            throws IOException {
        byte[] bytes = InputStreams.all(in, reading);
        to.document(page(slice.source(), 0, MainText.of(bytes, null), Map.of()));
    }

    /// The document of a page.
    static Document page(String source, long row, MainText main, Map<String, Object> more) {
        var metadata = new LinkedHashMap<String, Object>(more);
        metadata.put("format", "html");
        if (!main.title().isBlank()) {
            metadata.put("title", main.title());
        }
        return Document.of(source, row, main.text(), metadata);
    }

    static Problem problem(Slice slice, Exception e) {
        String place = slice.source();
        return switch (e) {
            case BadInputException bad ->
                    new Problem(place, bad.kind(), String.valueOf(bad.getMessage()));
            case EOFException end ->
                    new Problem(place, "truncated", "the file ends in the middle; fetch it again");
            case ZipException bad ->
                    new Problem(place, "damaged", "the file is damaged: " + bad.getMessage());
            case NoSuchFileException missing ->
                    new Problem(place, "missing", "the file does not exist any more");
            case AccessDeniedException denied ->
                    new Problem(place, "denied", "the file may not be read; check its permissions");
            case java.nio.charset.CharacterCodingException bad ->
                    new Problem(place, "notUtf8", "the text is not UTF-8");
            default ->
                    new Problem(
                            place,
                            "damaged",
                            "the file cannot be read: "
                                    + String.valueOf(e.getMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse(e.toString()));
        };
    }

    /// Tells the receiver's failures from those of the file.
    private record Guarded(Receiver to) implements Receiver {
        @Override
        public void document(Document document) throws IOException {
            try {
                to.document(document);
            } catch (IOException e) {
                throw new ReceiverException(e);
            }
        }

        @Override
        public void problem(Problem problem) throws IOException {
            try {
                to.problem(problem);
            } catch (IOException e) {
                throw new ReceiverException(e);
            }
        }
    }

    /// What the receiver threw.
    static final class ReceiverException extends IOException {
        private final IOException cause;

        ReceiverException(IOException cause) {
            super(cause);
            this.cause = cause;
        }
    }
}
