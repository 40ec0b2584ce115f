package io.tornadogpt.microbenchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// English text to encode: a file's, or the documentation comments of the JDK that runs, which
/// every machine with benchmarks on it has.
final class EnglishText {
    private static final String JDK = "jdk";
    private static final Pattern COMMENT = Pattern.compile("(?s)/\\*\\*(.*?)\\*/");
    private static final Pattern MARGIN = Pattern.compile("(?m)^\\s*\\* ?");

    private EnglishText() {}

    /// Pieces of text of about the size of a long web page.
    ///
    /// @param source a file, or `jdk`
    /// @param characters in all; the text begins anew where it is too short
    static List<String> documents(String source, int characters) throws IOException {
        String text = source.equals(JDK) ? comments() : Files.readString(Path.of(source));
        if (text.isEmpty()) {
            throw new IllegalArgumentException(source + " has no text; give -p text=FILE");
        }
        String enough = text.repeat(1 + characters / text.length()).substring(0, characters);
        int size = 1 << 14;
        List<String> documents = new ArrayList<>();
        for (int at = 0; at < characters; at += size) {
            documents.add(enough.substring(at, Math.min(characters, at + size)));
        }
        return documents;
    }

    private static String comments() throws IOException {
        Path archive = Path.of(System.getProperty("java.home"), "lib", "src.zip");
        if (!Files.exists(archive)) {
            throw new IllegalArgumentException(
                    archive + " is not there to take text from; give -p text=FILE");
        }
        try (var sources = FileSystems.newFileSystem(archive);
                Stream<Path> files = Files.list(sources.getPath("java.base/java/lang"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .map(EnglishText::commentsOf)
                    .collect(Collectors.joining());
        }
    }

    private static String commentsOf(Path file) {
        try {
            return COMMENT.matcher(Files.readString(file, StandardCharsets.UTF_8))
                    .results()
                    .map(comment -> MARGIN.matcher(comment.group(1)).replaceAll(""))
                    .collect(Collectors.joining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
