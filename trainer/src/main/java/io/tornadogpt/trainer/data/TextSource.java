package io.tornadogpt.trainer.data;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipException;

/// Text to train on: a file, the text files below a directory, or those in a zip archive, such as
/// the sources of a JDK.
///
/// The files are taken in the order of their names (compared as strings, with `/` between folders),
/// one after the other with nothing in between. Below a directory or in an archive, hidden files
/// and folders (their names begin with a dot) are passed over, and so are binary files: those with
/// a zero byte in their first 8 KiB; [#binaries()] says how many. Text must be UTF-8 to its last
/// byte.
public final class TextSource implements AutoCloseable {
    private static final int SNIFFED_BYTES = 8192;

    private final Path path;
    private final @Nullable FileSystem archive;
    private final List<Path> documents = new ArrayList<>();
    private int binaries;

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
        source.addFile(path);
        return source;
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
        if (Files.size(file) == 0) {
            throw new DataFileException(path, "the data", "is empty", "give a file with text");
        }
        long zero = firstZero(file);
        if (zero >= 0) {
            throw new DataFileException(
                    path,
                    "the data",
                    "is binary: it has a zero byte at offset " + zero,
                    "give a text file, or tokens in a file whose name ends in .bin");
        }
        documents.add(file);
    }

    private void addTree(Path root) throws IOException {
        long bytes = 0;
        for (Path file : visibleFiles(root)) {
            if (firstZero(file) >= 0) {
                binaries++;
            } else {
                documents.add(file);
                bytes += Files.size(file);
            }
        }
        if (bytes == 0) {
            throw new DataFileException(
                    path,
                    "the data",
                    "has no text (%d text files, all empty, and %d binary ones)"
                            .formatted(documents.size(), binaries),
                    "give a folder with text files in UTF-8");
        }
    }

    private static List<Path> visibleFiles(Path root) throws IOException {
        if (!Files.exists(root)) {
            return List.of();
        }
        try (var files = Files.walk(root)) {
            return files.filter(file -> isVisible(root.relativize(file)))
                    .filter(Files::isRegularFile)
                    .sorted(Comparator.comparing(file -> slashed(root.relativize(file))))
                    .toList();
        }
    }

    private static boolean isVisible(Path relative) {
        for (Path name : relative) {
            if (name.toString().startsWith(".")) {
                return false;
            }
        }
        return true;
    }

    private static String slashed(Path relative) {
        return relative.toString().replace('\\', '/');
    }

    /// Offset of a zero byte at the start of a file, or -1.
    private static int firstZero(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(SNIFFED_BYTES);
            for (int i = 0; i < start.length; i++) {
                if (start[i] == 0) {
                    return i;
                }
            }
            return -1;
        }
    }

    /// The file, directory or archive.
    public Path path() {
        return path;
    }

    /// The text files, in order; those of an archive belong to its own file system.
    public List<Path> documents() {
        return List.copyOf(documents);
    }

    /// How many files were passed over because they are binary.
    public int binaries() {
        return binaries;
    }

    /// Streams all text. Reading fails with a [DataFileException] that names file and byte offset
    /// where something is not UTF-8.
    public InputStream stream() {
        return new DocumentStream(this, documents);
    }

    /// Streams the characters (code points) of that range.
    ///
    /// @param from the first character's index in the whole text
    /// @param count how many; the stream ends early where the text does
    public InputStream stream(long from, long count) {
        return new CharacterRange(stream(), from, count);
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
        return new DataFileException(
                inArchive ? path : document,
                inArchive ? "entry " + document : "the text",
                "is not UTF-8: byte 0x%02X at offset %d fits no character"
                        .formatted(badByte, offset),
                "convert the file to UTF-8 or leave it out");
    }

    @Override
    public void close() throws IOException {
        if (archive != null) {
            archive.close();
        }
    }
}
