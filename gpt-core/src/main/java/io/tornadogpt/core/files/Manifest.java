package io.tornadogpt.core.files;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The sizes and SHA-256 checksums of a directory's files, in a file `SHA256SUMS` beside them that
/// `sha256sum -c` reads too. It is written last: a directory that has one was written to its end.
///
/// ```
/// # 1034 bytes
/// 9f86d081...  config.json
/// # 2f7c31b0... is the SHA-256 of the lines above
/// ```
///
/// @param files by name
public record Manifest(SortedMap<String, Entry> files) {
    /// The file in the directory.
    public static final String FILE = "SHA256SUMS";

    private static final long LONGEST = 1 << 20;
    private static final Pattern SIZE = Pattern.compile("# (\\d{1,18}) bytes");
    private static final Pattern SUM =
            Pattern.compile("([0-9a-f]{64})  ((?:(?!\\.\\.?/)[^/\\\\]+/)*(?!\\.\\.?$)[^/\\\\]+)");
    private static final Pattern EARLY_SUM = Pattern.compile("([0-9a-f]{64}) [ *]([^/\\\\]+)");
    private static final Pattern END =
            Pattern.compile("# ([0-9a-f]{64}) is the SHA-256 of the lines above");
    private static final String REMEDY = "use another checkpoint of the run";
    private static final String OR_DELETE =
            REMEDY + ", or delete " + FILE + " beside it if that is meant to be";
    private static final String PUT_BACK = "put it back as it was, or begin a new run";

    /// What is known of a file.
    ///
    /// @param size in bytes; -1 where it was not written down, as in early versions
    /// @param sha256 of its contents
    public record Entry(long size, Sha256 sha256) {}

    public Manifest {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /// What the files of a directory hold now, those of folders in it too; what has a name that
    /// begins with a dot is not looked at.
    public static Manifest of(Path directory) throws IOException {
        return of(directory, Map.of());
    }

    /// As above, without reading those that are known already.
    static Manifest of(Path directory, Map<String, Entry> known) throws IOException {
        var files = new TreeMap<String, Entry>(known);
        for (Path file : regularFiles(directory)) {
            String name = name(directory.relativize(file));
            if (!known.containsKey(name)) {
                files.put(name, new Entry(Files.size(file), Sha256.of(file)));
            }
        }
        return new Manifest(files);
    }

    private static List<Path> regularFiles(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.equals(directory.resolve(FILE)))
                    .filter(file -> !isHidden(directory.relativize(file)))
                    .toList();
        }
    }

    private static boolean isHidden(Path relative) {
        for (Path name : relative) {
            if (name.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    /// The same on every system.
    private static String name(Path relative) {
        var names = new ArrayList<String>();
        relative.forEach(name -> names.add(name.toString()));
        return String.join("/", names);
    }

    /// Whether a directory has one.
    public static boolean isIn(Path directory) {
        return Files.isRegularFile(directory.resolve(FILE));
    }

    /// Checks the files of a directory, where it has a manifest; one that has none is taken as it
    /// is.
    ///
    /// @param others files that are not looked at
    /// @throws ModelFileException naming the first that is missing or has changed
    public static void verifyIn(Path directory, String... others) throws IOException {
        verifyIn(directory, OR_DELETE, others);
    }

    /// As above, of data that a run was begun with.
    public static void verifyDataIn(Path directory, String... others) throws IOException {
        verifyIn(directory, PUT_BACK, others);
    }

    private static void verifyIn(Path directory, String remedy, String... others)
            throws IOException {
        if (!isIn(directory)) {
            return;
        }
        Manifest manifest = read(directory);
        for (String name : others) {
            manifest = manifest.without(name);
        }
        manifest.verify(directory, remedy);
    }

    /// Reads the one of a directory.
    ///
    /// @throws ModelFileException where there is none, or it is not as it was written
    public static Manifest read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new ModelFileException(
                    directory,
                    "the directory",
                    "has no " + FILE + ", so it was not written to its end",
                    REMEDY);
        }
        if (Files.size(file) > LONGEST) {
            throw damaged(file, "is longer than %d bytes".formatted(LONGEST));
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        return text.startsWith("#") ? parse(file, text) : parseEarly(file, text);
    }

    private static Manifest parse(Path file, String text) throws ModelFileException {
        var files = new TreeMap<String, Entry>();
        List<String> lines = text.lines().toList();
        Matcher end = END.matcher(lines.getLast());
        if (!end.matches() || lines.size() % 2 == 0) {
            throw damaged(file, "does not end as it was written");
        }
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            Matcher size = SIZE.matcher(lines.get(i));
            Matcher sum = SUM.matcher(lines.get(i + 1));
            if (!size.matches() || !sum.matches()) {
                throw damaged(file, "has a line that is no size, or no checksum and name");
            }
            var entry = new Entry(Long.parseLong(size.group(1)), new Sha256(sum.group(1)));
            files.put(sum.group(2), entry);
        }
        var manifest = new Manifest(files);
        if (!manifest.text().equals(text)) {
            throw damaged(file, "is not the one that was saved: its own SHA-256 differs");
        }
        return manifest;
    }

    /// As early versions wrote it, and as `sha256sum` does: without sizes.
    private static Manifest parseEarly(Path file, String text) throws ModelFileException {
        var files = new TreeMap<String, Entry>();
        for (String line : text.lines().toList()) {
            Matcher sum = EARLY_SUM.matcher(line);
            if (!sum.matches()) {
                throw damaged(file, "is damaged: a line is no checksum and name");
            }
            files.put(sum.group(2), new Entry(-1, new Sha256(sum.group(1))));
        }
        if (files.isEmpty()) {
            throw damaged(file, "is damaged: it names no file");
        }
        return new Manifest(files);
    }

    private static ModelFileException damaged(Path file, String problem) {
        return new ModelFileException(file, "the file", problem, REMEDY);
    }

    /// How it stands in the file.
    String text() {
        var lines = new ArrayList<String>();
        for (Map.Entry<String, Entry> file : files.entrySet()) {
            lines.add("# " + file.getValue().size + " bytes"); // the same in every locale
            lines.add(file.getValue().sha256 + "  " + file.getKey());
        }
        String body = String.join("\n", lines) + "\n";
        Sha256 own = Sha256.of(body.getBytes(StandardCharsets.UTF_8));
        return body + "# " + own + " is the SHA-256 of the lines above\n";
    }

    /// As it stands in the file.
    byte[] bytes() {
        return text().getBytes(StandardCharsets.UTF_8);
    }

    /// Writes it into the directory whose files it describes, when they are on the disk.
    public void write(Path directory) throws IOException {
        Disk.forceTree(Storage.DISK, directory, Set.of());
        AtomicFile.write(directory.resolve(FILE), bytes());
    }

    /// Bytes of all files together.
    public long totalBytes() {
        return files.values().stream().mapToLong(Entry::size).sum();
    }

    /// Checks that the files of a directory are those that are described here.
    ///
    /// @throws ModelFileException naming the first that is missing or has changed
    public void verify(Path directory) throws IOException {
        verify(directory, OR_DELETE);
    }

    private void verify(Path directory, String remedy) throws IOException {
        for (Map.Entry<String, Entry> file : files.entrySet()) {
            Path path = directory.resolve(file.getKey());
            String problem = problem(path, file.getValue());
            if (problem != null) {
                throw new ModelFileException(path, "the file", problem, remedy);
            }
        }
    }

    /// The same without a file that is not to be looked at.
    public Manifest without(String name) {
        var others = new TreeMap<>(files);
        others.remove(name);
        return new Manifest(others);
    }

    private static @Nullable String problem(Path path, Entry saved) throws IOException {
        if (!Files.isRegularFile(path)) {
            return "is missing";
        }
        long size = Files.size(path);
        if (saved.size >= 0 && size != saved.size) {
            return "is not the one that was saved: it has %d bytes, not %d"
                    .formatted(size, saved.size);
        }
        return Sha256.of(path).equals(saved.sha256)
                ? null
                : "is not the one that was saved: its SHA-256 differs";
    }
}
