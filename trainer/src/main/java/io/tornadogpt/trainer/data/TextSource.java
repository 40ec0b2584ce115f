package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.LfsPointer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipException;

/// Text to train on: a file, the text files below a directory, or those in a zip archive, such as
/// the sources of a JDK.
///
/// The files are taken in the order of their names (compared as strings, with `/` between folders),
/// one after the other with nothing in between. Below a directory, symbolic links are followed.
/// What is not read there or in an archive is told by [#passedOver()]: hidden files and folders
/// (their names begin with a dot), binary files (with a zero byte in their first 8 KiB), text in
/// UTF-16 or UTF-32, pointers of Git LFS, and what may not be read. A file that is named itself
/// must be UTF-8 to its last byte; where it is a pipe or a device, it is copied to a temporary file
/// first, because text is read more than once.
///
/// Used by one thread at a time; each of its streams may be read by a thread of its own.
public final class TextSource implements AutoCloseable {
    private final Path path;
    private final @Nullable FileSystem archive;
    private final List<Path> documents = new ArrayList<>();
    private final List<PassedOver> passedOver = new ArrayList<>();
    private @Nullable Path copy;

    private TextSource(Path path, @Nullable FileSystem archive) {
        this.path = path;
        this.archive = archive;
    }

    /// Opens a file, a directory, or all of a file whose name ends in `.zip` or `.jar`.
    ///
    /// @throws DataFileException where there is no text
    public static TextSource open(Path path) throws IOException {
        requireExisting(path);
        String name = path.toString().toLowerCase(Locale.ROOT);
        if (Files.isDirectory(path)) {
            var source = new TextSource(path, null);
            source.addTree(path);
            return source;
        }
        if (name.endsWith(".zip") || name.endsWith(".jar")) {
            return openZip(path, "");
        }
        var source = new TextSource(path, null);
        try {
            source.addFile(path);
            return source;
        } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /// Opens the part of a zip archive below a folder, for instance `java.base/`.
    ///
    /// @throws DataFileException where there is no text
    public static TextSource openZip(Path path, String folder) throws IOException {
        requireExisting(path);
        FileSystem archive;
        try {
            archive = FileSystems.newFileSystem(path);
        } catch (ZipException | ProviderNotFoundException e) {
            throw new DataFileException(
                    path, "the data", "is not a zip archive", "unpack it or name a text file", e);
        }
        try {
            var source = new TextSource(path, archive);
            source.addTree(archive.getPath("/").resolve(folder));
            return source;
        } catch (IOException | RuntimeException e) {
            archive.close();
            throw e;
        }
    }

    private static void requireExisting(Path path) throws DataFileException {
        if (!Files.exists(path)) {
            throw new DataFileException(path, "the data", "does not exist", "check the path");
        }
    }

    private void addFile(Path file) throws IOException {
        Path text = file;
        if (!Files.isRegularFile(file)) {
            text = Files.createTempFile("tornadogpt", ".txt");
            copy = text;
            try (InputStream in = Files.newInputStream(file)) {
                Files.copy(in, text, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        byte[] start = TextTree.start(text);
        if (start.length == 0) {
            throw new DataFileException(path, "the data", "is empty", "give a file with text");
        }
        TextEncoding encoding = TextEncoding.ofMark(start);
        if (encoding != null) {
            throw new DataFileException(
                    path, "the text", encoding.problem(), encoding.remedy(path));
        }
        int zero = TextTree.firstZero(start);
        if (zero >= 0) {
            throw new DataFileException(
                    path,
                    "the data",
                    "is binary: it has a zero byte at offset " + zero,
                    "give a text file in UTF-8, or tokens in a file whose name ends in .bin");
        }
        if (LfsPointer.is(start)) {
            throw new DataFileException(path, "the data", LfsPointer.PROBLEM, LfsPointer.REMEDY);
        }
        documents.add(text);
    }

    private void addTree(Path root) throws IOException {
        TextTree tree = TextTree.of(root);
        documents.addAll(tree.files());
        passedOver.addAll(tree.passedOver());
        long bytes = 0;
        for (Path file : documents) {
            bytes += Files.size(file);
        }
        if (bytes == 0) {
            throw new DataFileException(
                    path,
                    "the data",
                    "has no text (%s)".formatted(contents()),
                    "give a folder with text files in UTF-8");
        }
    }

    /// What there is instead of text, in words.
    private String contents() {
        if (documents.isEmpty() && passedOver.isEmpty()) {
            return "no files";
        }
        String empty =
                documents.isEmpty() ? "" : documents.size() + " text files, all of them empty";
        if (passedOver.isEmpty()) {
            return empty;
        }
        PassedOver first = passedOver.getFirst();
        return "%s%s%d passed over, of which %s is %s"
                .formatted(
                        empty,
                        empty.isEmpty() ? "" : ", and ",
                        passedOver.size(),
                        BadFileException.quote(first.name()),
                        first.reason().words());
    }

    /// The file, directory or archive.
    public Path path() {
        return path;
    }

    /// Whether another process finds this text under [#path] too: not where it came from a pipe.
    public boolean readAgain() {
        return copy == null;
    }

    /// The text files, in order; those of an archive belong to its own file system.
    public List<Path> documents() {
        return List.copyOf(documents);
    }

    /// The files and folders that are not read, in the order of their names.
    public List<PassedOver> passedOver() {
        return List.copyOf(passedOver);
    }

    /// Streams all text. Reading fails with a [DataFileException] that names file and byte offset
    /// where something is not UTF-8.
    public InputStream stream() {
        return new DocumentStream(this, documents, false);
    }

    /// Streams the characters (code points) of that range.
    ///
    /// @param from the first character's index in the whole text
    /// @param count how many; the stream ends early where the text does
    public InputStream stream(long from, long count) {
        return new CharacterRange(stream(), from, count);
    }

    /// As [#stream(long, long)], with [Marks#MARK] between files.
    InputStream streamOfFiles(long from, long count) {
        return new CharacterRange(new DocumentStream(this, documents, true), from, count);
    }

    /// Reads everything once, checks that it is UTF-8 and says how much there is.
    public TextStatistics statistics() throws IOException {
        long bytes = 0;
        long characters = 0;
        var buffer = new byte[1 << 16];
        try (var in = stream()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                bytes += n;
                characters += CharacterRange.countCharacters(buffer, 0, n);
            }
        }
        return new TextStatistics(documents.size(), bytes, characters);
    }

    /// All text in one string.
    public String text() throws IOException {
        long bytes = 0;
        for (Path document : documents) {
            bytes += Files.size(document);
        }
        if (bytes > Integer.MAX_VALUE - 8) {
            throw new DataFileException(
                    path,
                    "the text",
                    "has %d bytes, more than a string holds".formatted(bytes),
                    "stream it instead");
        }
        try (var in = stream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// A document that is not UTF-8.
    DataFileException notUtf8(Path document, long offset, int badByte) {
        boolean inArchive = archive != null;
        if (document.equals(copy)) {
            document = path;
        }
        return new DataFileException(
                inArchive ? path : document,
                inArchive ? "entry " + document : "the text",
                "is not UTF-8: byte 0x%02X at offset %d fits no character"
                        .formatted(badByte, offset),
                inArchive
                        ? "convert the file to UTF-8 or leave it out"
                        : "convert it (if it is Latin-1: iconv -f ISO-8859-1 -t UTF-8) or leave it"
                                + " out");
    }

    @Override
    public void close() throws IOException {
        if (archive != null) {
            archive.close();
        }
        if (copy != null) {
            Files.deleteIfExists(copy);
        }
    }
}
