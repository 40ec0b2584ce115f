import com.google.googlejavaformat.java.GoogleJavaFormatToolProvider;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Keeps every Java source of the repository in google-java-format's AOSP style.
///
/// `check` prints the files that are not and fails; `fix` rewrites them. Looks at the files changed
/// since it last found all in order. Run by Maven, with the formatter on the class path, from the
/// repository's root.
void main(String[] args) throws IOException {
    Path lastSuccess = Path.of("target", "formatted");
    FileTime start = FileTime.from(Instant.now());
    List<String> changed = sourcesNewerThan(lastSuccess);
    if (changed.isEmpty()) {
        return;
    }
    boolean fix = args[0].equals("fix");
    List<String> options = new ArrayList<>(List.of("--aosp"));
    options.addAll(fix ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    options.addAll(changed);

    int status =
            new GoogleJavaFormatToolProvider()
                    .run(System.out, System.err, options.toArray(String[]::new));
    if (status == 0) {
        Files.writeString(lastSuccess, "");
        Files.setLastModifiedTime(lastSuccess, start);
    } else if (!fix) {
        System.err.println(
                "The files above are not formatted; run: mvn -q -N -Pformat process-sources");
    }
    System.exit(status);
}

List<String> sourcesNewerThan(Path stamp) throws IOException {
    FileTime since = Files.exists(stamp) ? modified(stamp) : FileTime.fromMillis(0);
    try (var files = Files.walk(Path.of(""))) {
        return files.filter(file -> file.toString().endsWith(".java"))
                .filter(file -> !file.toString().contains("target/"))
                .filter(file -> modified(file).compareTo(since) >= 0)
                .map(Path::toString)
                .toList();
    }
}

FileTime modified(Path file) {
    try {
        return Files.getLastModifiedTime(file);
    } catch (IOException e) {
        throw new UncheckedIOException(e);
    }
}
