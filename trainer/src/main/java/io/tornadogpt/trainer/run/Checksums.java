package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.Sha256;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The SHA-256 of each file of a directory, in a file `SHA256SUMS` beside them, as `sha256sum -c`
/// reads it.
final class Checksums {
    static final String FILE = "SHA256SUMS";

    private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) [ *]([^/\\\\]+)");

    private Checksums() {}

    /// Writes down what the files of a directory hold now.
    static void write(Path directory) throws IOException {
        var lines = new StringBuilder();
        for (Path file : files(directory)) {
            lines.append(Sha256.of(file)).append("  ").append(file.getFileName()).append('\n');
        }
        AtomicFile.write(
                directory.resolve(FILE), lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(FILE))
                    .sorted()
                    .toList();
        }
    }

    /// Checks that the files of a directory hold what was written down, if anything was.
    ///
    /// @throws ModelFileException naming the file that is missing or has changed
    static void requireUnchanged(Path directory) throws IOException {
        Path sums = directory.resolve(FILE);
        if (!Files.isRegularFile(sums)) {
            return;
        }
        String text = new String(Files.readAllBytes(sums), StandardCharsets.UTF_8);
        for (String line : text.lines().toList()) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new ModelFileException(
                        sums,
                        "the file",
                        "is damaged: a line is no checksum and name",
                        "use a checkpoint of the run");
            }
            requireUnchanged(directory.resolve(matcher.group(2)), new Sha256(matcher.group(1)));
        }
    }

    private static void requireUnchanged(Path file, Sha256 saved) throws IOException {
        boolean there = Files.isRegularFile(file);
        if (!there || !Sha256.of(file).equals(saved)) {
            throw new ModelFileException(
                    file,
                    "the file",
                    there ? "is not the one that was saved: its SHA-256 differs" : "is missing",
                    "use a checkpoint of the run, or delete %s beside it if that is meant to be"
                            .formatted(FILE));
        }
    }
}
